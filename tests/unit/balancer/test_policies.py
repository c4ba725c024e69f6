"""Which node gets a request, and which cookies the client gets."""

from __future__ import annotations

import pytest

from eiospec.fixtures.balancer import (
    MODES,
    ApplicationLoadBalancer,
    Balancer,
    ByAddress,
    BySid,
    Insert,
    Node,
    Prefix,
    Request,
    Response,
    Rewrite,
    RoundRobin,
)

NODES = [Node(f"app{number:02}", "127.0.0.1", 1) for number in (1, 2, 3)]
FIRST, SECOND, THIRD = NODES
OPEN = b'0{"sid":"a+b","upgrades":["websocket"]}'


def asked(cookie: str = "", sid: str = "", client: str = "127.0.0.1") -> Request:
    lines = (f"Cookie: {cookie}",) if cookie else ()
    return Request(
        f"GET /socket.io/?EIO=4&sid={sid} HTTP/1.1" if sid else "GET /?EIO=4 HTTP/1.1", lines, client
    )


def answered(*cookies: str) -> Response:
    return Response("HTTP/1.1 200 OK", tuple(f"Set-Cookie: {cookie}" for cookie in cookies))


def cookies_of(balancer: Balancer, request: Request, *cookies: str, node: Node = SECOND) -> list[str]:
    return list(balancer.to_client(request, node, answered(*cookies)).values("set-cookie"))


def test_round_robin_ignores_the_request() -> None:
    balancer = RoundRobin(NODES)
    assert [balancer.choose(asked("serverid=app01", "x")) for _ in range(4)] == [*NODES, FIRST]


@pytest.mark.parametrize("mode", MODES.values())
def test_a_balancer_without_nodes_is_refused(mode: type[Balancer]) -> None:
    with pytest.raises(ValueError, match="needs a node"):
        mode([])


# insert


def test_insert_adds_its_cookie_to_the_others() -> None:
    assert cookies_of(Insert(NODES), asked(), "io=x; Path=/") == ["io=x; Path=/", "serverid=app02; path=/"]


def test_insert_sets_no_cookie_if_the_client_has_the_right_one() -> None:
    request = asked("serverid=app02")
    assert Insert(NODES).choose(request) == SECOND
    assert cookies_of(Insert(NODES), request, "io=x") == ["io=x"]


def test_insert_hides_its_cookie_from_the_nodes() -> None:
    assert Insert(NODES).to_node(asked("a=1; serverid=app02; b=2"), SECOND).lines == ("Cookie: a=1; b=2",)


def test_insert_replaces_the_cookie_of_an_unknown_node() -> None:
    balancer = Insert(NODES, "srv")
    assert balancer.choose(asked("srv=app09")) == FIRST
    assert cookies_of(balancer, asked("srv=app09"), node=FIRST) == ["srv=app01; path=/"]


# prefix and rewrite


def test_prefix_is_added_for_the_client_and_removed_for_the_node() -> None:
    balancer = Prefix(NODES)
    assert cookies_of(balancer, asked(), "io=x; Path=/", "a=1") == ["io=app02~x; Path=/", "a=1"]
    assert balancer.choose(asked("io=app02~x")) == SECOND
    assert balancer.to_node(asked("a=1; io=app02~x"), SECOND).lines == ("Cookie: a=1; io=x",)


@pytest.mark.parametrize("cookie", ["io=x", "io=app09~x", "io=~x", "other=app02~x"])
def test_request_with_an_unknown_prefix_goes_to_the_next_node(cookie: str) -> None:
    balancer = Prefix(NODES)
    assert [balancer.choose(asked(cookie)) for _ in range(2)] == [FIRST, SECOND]


def test_rewrite_replaces_the_value_by_the_node() -> None:
    balancer = Rewrite(NODES)
    assert cookies_of(balancer, asked(), "io=x; Path=/; HttpOnly") == ["io=app02; Path=/; HttpOnly"]
    assert balancer.choose(asked("io=app02")) == SECOND
    assert cookies_of(balancer, asked(), "a=1") == ["a=1"]


def test_prefix_removes_a_new_cookie_if_the_client_has_one_for_the_node() -> None:
    assert cookies_of(Prefix(NODES), asked("io=app02~x"), "io=y; Path=/", "a=1") == ["a=1"]
    assert cookies_of(Prefix(NODES), asked("io=app01~x"), "io=y") == ["io=app02~y"]


# without cookies


def test_address_always_goes_to_the_same_node() -> None:
    balancer = ByAddress(NODES)
    chosen = {
        client: {balancer.choose(asked(client=client)) for _ in range(3)} for client in map(str, range(9))
    }
    assert {len(nodes) for nodes in chosen.values()} == {1}
    assert set().union(*chosen.values()) == set(NODES)


@pytest.mark.parametrize("body", [OPEN, b"96:" + OPEN, b'___eio[0]("' + OPEN.replace(b'"', b'\\"') + b'");'])
def test_session_goes_to_the_node_of_its_open_packet(body: bytes) -> None:
    balancer = BySid(NODES)
    assert [balancer.choose(asked()) for _ in range(2)] == [FIRST, SECOND]
    balancer.learn(asked(), THIRD, answered(), body)
    assert {balancer.choose(asked(sid="a%2Bb")) for _ in range(3)} == {THIRD}


def test_unknown_session_goes_to_the_same_node_and_the_table_is_bounded() -> None:
    balancer = BySid(NODES)
    balancer.entries = 2
    for number in range(4):
        balancer.learn(asked(), THIRD, answered(), b'0{"sid":"%d"}' % number)
    assert balancer.wanted(asked(sid="3")) == THIRD
    assert len({balancer.choose(asked(sid="0")) for _ in range(4)}) == 1
    assert len(balancer._table) == 2


# AWS


def issued(balancer: ApplicationLoadBalancer, node: Node) -> tuple[str, str]:
    first, second = cookies_of(balancer, asked(), "io=x", node=node)[1:]
    return first, second


def test_aws_sets_new_cookies_on_every_response() -> None:
    balancer = ApplicationLoadBalancer(NODES)
    (first, cors), (again, _) = issued(balancer, SECOND), issued(balancer, SECOND)
    assert first != again
    assert {"+", "/", "="} <= set(first.partition(";")[0].removeprefix("AWSALB="))
    assert first.partition("; ")[2].startswith("Expires=")
    assert first.endswith("; Path=/")
    assert cors == first.replace("AWSALB=", "AWSALBCORS=") + "; SameSite=None; Secure"


def test_aws_accepts_every_value_it_has_issued() -> None:
    balancer = ApplicationLoadBalancer(NODES)
    pairs = [issued(balancer, THIRD)[number].partition(";")[0] for number in (0, 1) for _ in range(5)]
    assert {balancer.choose(asked(f"a=1; {pair}")) for pair in pairs} == {THIRD}


def test_aws_ignores_values_of_another_balancer() -> None:
    balancer, another = ApplicationLoadBalancer(NODES), ApplicationLoadBalancer(NODES)
    values = [issued(another, THIRD)[0].partition(";")[0], "AWSALB=", "AWSALB=x y", "AWSALB=AAAA"]
    assert [balancer.wanted(asked(value)) for value in values] == [None] * 4


def test_aws_forwards_its_cookies_to_the_nodes() -> None:
    request = asked("AWSALB=x; AWSALBCORS=x")
    assert ApplicationLoadBalancer(NODES).to_node(request, FIRST) == request
