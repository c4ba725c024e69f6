"""The session cookie, header hooks and middlewares, alone and combined."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from eiospec.fixtures.reference import Answer, CookieOptions, CorsOptions, HookFields, Request
from reference.peer import TEXT, UPGRADE, Client
from reference.peer import Answer as Response

Serve = Callable[..., Client]
WEBSOCKET = "EIO=4&transport=websocket"


def initial_headers(fields: HookFields, request: Request) -> None:
    """Set the cookie of the how-to and some fields."""
    fields.append(("set-cookie", "uid=1234; SameSite=Strict"))
    fields.append(("x-initial", 1))
    fields.append(("x-initial-cookie", request.header("cookie") or "none"))


def headers(fields: HookFields, request: Request) -> None:
    """Set the cookie of the how-to and some fields."""
    fields.append(("x-every", "1"))
    fields.append(("x-seen-cookie", request.header("cookie") or "none"))
    if request.header("cookie") is not None and "randomId" not in request.cookies:
        fields.append(("set-cookie", "randomId=abc; Max-Age=86400"))


@pytest.fixture
def seed(serve: Serve) -> Client:
    return serve(layer="echo", initial_headers=initial_headers, headers=headers)


def opening(client: Client, query: str = WEBSOCKET, *fields: str) -> Response:
    peer, answer = client.opening(query, *fields)
    peer.socket.close()
    return answer


def names(answer: Response) -> list[str]:
    return [cookie.partition("=")[0] for cookie in answer.cookies]


def test_both_hooks_and_the_session_cookie_on_the_handshake(seed: Client) -> None:
    answer = seed.handshake("Cookie: eiospec=1")
    assert answer.cookies[0].startswith(f"io={answer.open['sid']}; ")
    assert answer.cookies[1:] == ["uid=1234; SameSite=Strict", "randomId=abc; Max-Age=86400"]
    assert answer.one("x-initial") == answer.one("x-every") == "1"
    assert answer.one("x-initial-cookie") == "eiospec=1"


def test_both_hooks_and_the_session_cookie_on_a_websocket_handshake(seed: Client) -> None:
    answer = opening(seed, WEBSOCKET, "Cookie: eiospec=1")
    assert names(answer) == ["io", "uid", "randomId"]
    assert answer.one("x-initial") == answer.one("x-every") == "1"


def test_later_requests_run_the_headers_hook_only(seed: Client) -> None:
    sid = seed.session()
    post = seed.post(sid, "4x", "Cookie: b=2")
    poll = seed.poll(sid)
    upgrade = opening(seed, f"{WEBSOCKET}&sid={sid}", "Cookie: c=3")
    for answer in (post, poll, upgrade):
        assert answer.one("x-every") == "1"
        assert answer.all("x-initial") == []
    assert [names(post), names(poll), names(upgrade)] == [["randomId"], [], ["randomId"]]
    assert post.one("x-seen-cookie") == "b=2"
    assert (post.body, poll.body) == (b"ok", b"4x")


def test_noop_poll_carries_the_hook_field(seed: Client) -> None:
    sid = seed.session()
    with seed.polling(sid) as pending, seed.candidate(sid) as peer:
        peer.frame(TEXT, "2probe")
        answer = pending.answer()
    assert (answer.body, answer.one("x-every")) == (b"6", "1")


def test_cookie_lines_and_octets_reach_the_hook(seed: Client) -> None:
    assert names(seed.handshake("Cookie: b=2", "cOOKIE: randomId=zzz")) == ["io", "uid"]
    odd = 'a="q"; b=%41; c=x=y; path=/; d=\xe9\x01'
    assert seed.handshake(f"Cookie: {odd}").one("x-seen-cookie") == odd


def test_errors_run_no_hook(seed: Client) -> None:
    answer = seed.ask("GET", "EIO=4&transport=abc")
    assert answer.all("x-every") == answer.cookies == []


@pytest.mark.parametrize("name", ["set-cookie", "Set-Cookie", "SET-COOKIE"])
def test_arrays_become_lines_in_any_letter_case(serve: Serve, name: str) -> None:
    client = serve(initial_headers=lambda fields, _: fields.append((name, ["a=1", "b=2"])))
    for answer in (client.handshake(), opening(client)):
        assert names(answer) == ["io", "a", "b"]


def test_the_second_hook_sees_the_first(serve: Serve) -> None:
    def append(fields: HookFields, _: Request) -> None:
        fields.append(("X-Order", f"{dict(fields)['x-order']}h"))

    client = serve(initial_headers=lambda fields, _: fields.append(("x-order", "i")), headers=append)
    assert client.handshake().one("x-order") == "ih"


def test_singletons_are_replaced(serve: Serve) -> None:
    def override(fields: HookFields, _: Request) -> None:
        fields += [("content-type", "text/x"), ("CACHE-CONTROL", "private"), ("content-length", 5)]

    answer = serve(initial_headers=override).handshake()
    assert (answer.one("content-type"), answer.one("cache-control")) == ("text/x", "private")
    assert answer.open


def test_hook_cannot_break_the_websocket_handshake(serve: Serve) -> None:
    def override(fields: HookFields, _: Request) -> None:
        fields += [
            ("sec-websocket-accept", "x"),
            ("Upgrade", "x"),
            ("connection", "x"),
            ("Content-Length", "5"),
        ]

    client = serve(initial_headers=override)
    answer = opening(client)
    assert answer.one("upgrade") == "websocket"
    assert answer.one("connection") == "Upgrade"
    assert len(answer.all("sec-websocket-accept")) == 1
    assert answer.all("content-length") == []


def test_hook_cannot_replace_the_session_cookie(serve: Serve) -> None:
    client = serve(initial_headers=lambda fields, _: fields.append(("set-cookie", "io=evil")))
    for answer in (client.handshake(), opening(client)):
        assert names(answer) == ["io"]
        assert "evil" not in answer.cookies[0]


@pytest.mark.parametrize("value", ["a\r\nInjected: 1", "a\nb", "a\rb", "a\0b", "€"])
def test_invalid_field_values_fail_the_request(serve: Serve, value: str) -> None:
    def hook(fields: HookFields, request: Request) -> None:
        if "bad" in request.query:
            fields.append(("x-echo", value))

    client = serve(headers=hook)
    for answer in (client.ask("GET", "EIO=4&transport=polling&bad=1"), opening(client, WEBSOCKET + "&bad=1")):
        assert answer.status == 500
        assert answer.all("injected") == []
    assert client.handshake().status == 200


def test_a_hook_that_raises_fails_its_request_only(serve: Serve) -> None:
    def hook(_: HookFields, request: Request) -> None:
        if "boom" in request.query:
            raise RuntimeError("boom")

    client = serve(headers=hook)
    sid = client.session()
    client.post(sid, "40")
    query = f"EIO=4&transport=polling&sid={sid}&boom=1"
    assert client.ask("GET", query).status == 500
    assert client.ask("GET", "EIO=4&transport=polling&boom=1").status == 500
    assert opening(client, WEBSOCKET + "&boom=1").status == 500
    assert client.poll(sid).body.startswith(b"40{")


# Cookie options


@pytest.mark.parametrize(
    ("options", "attributes"),
    [
        ({}, "Path=/; HttpOnly; SameSite=Lax"),
        ({"path": False, "http_only": False, "same_site": False}, ""),
        ({"path": "/custom", "same_site": True}, "Path=/custom; HttpOnly; SameSite=Strict"),
        ({"secure": True, "same_site": "none"}, "Path=/; HttpOnly; Secure; SameSite=None"),
        ({"max_age": 86400.9}, "Max-Age=86400; Path=/; HttpOnly; SameSite=Lax"),
        (
            {"expires": datetime(2030, 1, 1, tzinfo=UTC), "domain": "example.org"},
            "Domain=example.org; Path=/; Expires=Tue, 01 Jan 2030 00:00:00 GMT; HttpOnly; SameSite=Lax",
        ),
        (
            {"partitioned": True, "secure": True, "priority": "high"},
            "Path=/; HttpOnly; Secure; Partitioned; Priority=High; SameSite=Lax",
        ),
    ],
)
def test_cookie_attributes(serve: Serve, options: dict[str, Any], attributes: str) -> None:
    answer = serve(cookie=CookieOptions(name="woot", **options)).handshake()
    expected = "; ".join(part for part in (f"woot={answer.open['sid']}", attributes) if part)
    assert answer.cookies == [expected]


def test_cookie_encoding_and_custom_ids(serve: Serve) -> None:
    cookie = CookieOptions(encode=lambda value: "".join(f"%{ord(char):02X}" for char in value))
    answer = serve(cookie=cookie, generate_id=lambda _: "custom-1").handshake()
    assert answer.open["sid"] == "custom-1"
    assert answer.cookies[0].startswith("io=%63%75")


def test_no_cookie(serve: Serve) -> None:
    client = serve(cookie=None)
    assert client.handshake().cookies == opening(client).cookies == []


@pytest.mark.parametrize(
    "options",
    [
        {"name": "a b"},
        {"path": "/a;b"},
        {"domain": "exa mple"},
        {"max_age": float("nan")},
        {"same_site": "bogus"},
    ],
)
def test_invalid_cookie_options_raise_value_error(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cookie"):
        CookieOptions(**options)


# allow_request


def allow(request: Request) -> Any:
    async def later() -> bool:
        await asyncio.sleep(0)
        request.notes["session"] = "S1"
        return True

    if "async" in request.query:
        return later()
    if "raise" in request.query:
        raise RuntimeError("boom")
    return "ré€fused" if request.query.get("deny") == "msg" else "deny" not in request.query


@pytest.fixture
def choosy(serve: Serve) -> Client:
    def session(fields: HookFields, request: Request) -> None:
        fields.append(("x-session", request.notes.get("session", "none")))

    cors = CorsOptions(origin=["http://good.example"], credentials=True)
    return serve(allow_request=allow, initial_headers=session, cors=cors)


@pytest.mark.parametrize(("deny", "message"), [("1", "Forbidden"), ("msg", "ré€fused")])
@pytest.mark.parametrize(("transport", "fields"), [("polling", ()), ("websocket", UPGRADE)])
def test_refused_by_the_application(
    choosy: Client, deny: str, message: str, transport: str, fields: tuple[str, ...]
) -> None:
    query = f"EIO=4&transport={transport}&deny={deny}"
    answer = choosy.ask("GET", query, "Origin: http://good.example", *fields)
    assert (answer.status, answer.json) == (403, {"code": 4, "message": message})
    assert answer.one("access-control-allow-origin") == "http://good.example"
    assert answer.cookies == answer.all("x-session") == []


def test_connection_survives_a_refusal(choosy: Client) -> None:
    with choosy.peer() as peer:
        assert peer.get("EIO=4&transport=polling&deny=1").status == 403
        assert peer.get("EIO=4&transport=polling").status == 200


def test_asynchronous_decision(choosy: Client) -> None:
    answer = choosy.ask("GET", "EIO=4&transport=polling&async=1")
    assert answer.one("x-session") == "S1"
    assert opening(choosy, WEBSOCKET + "&async=1").one("x-session") == "S1"


def test_allow_request_is_called_for_upgrades_but_not_for_polls(choosy: Client) -> None:
    sid = choosy.session()
    assert opening(choosy, f"{WEBSOCKET}&sid={sid}&deny=1").status == 403
    assert choosy.ask("POST", f"EIO=4&transport=polling&sid={sid}&deny=1", body=b"40").status == 200


def test_allow_request_that_raises(choosy: Client) -> None:
    assert choosy.ask("GET", "EIO=4&transport=polling&raise=1").status == 500
    assert choosy.handshake().status == 200


# Middlewares


def middleware(request: Request, answer: Answer) -> None:
    answer.set_header("X-Mw", "1")
    answer.set_header("Set-Cookie", ["mw=1", "mw2=2"])
    answer.append_header("Set-Cookie", "mw3=3")
    answer.before_headers(lambda late: late.append_header("Set-Cookie", "late=1"))
    if "fail" in request.query:
        raise RuntimeError("boom")
    if "end" in request.query:
        answer.end(503, b"closed")


@pytest.fixture
def layered(serve: Serve) -> Client:
    return serve(
        layer="echo",
        middleware=[middleware],
        initial_headers=lambda fields, _: fields.append(("set-cookie", "uid=1")),
        cors=CorsOptions(origin=True),
    )


def test_middleware_cookies_survive(layered: Client) -> None:
    expected = ["io", "mw", "mw2", "mw3", "late", "uid"]
    assert names(layered.handshake()) == names(opening(layered)) == expected


def test_middleware_fields_on_every_response(layered: Client) -> None:
    sid = layered.session()
    answers = [
        layered.post(sid, "4x"),
        layered.poll(sid),
        opening(layered, f"{WEBSOCKET}&sid={sid}"),
        layered.ask("GET", "EIO=4&transport=abc"),
        opening(layered, "EIO=3&transport=websocket"),
    ]
    assert [answer.one("x-mw") for answer in answers] == ["1"] * 5


@pytest.mark.parametrize("fields", [(), UPGRADE])
@pytest.mark.parametrize(("query", "status"), [("fail=1", 400), ("end=1", 503)])
def test_middleware_that_fails_or_ends(
    layered: Client, fields: tuple[str, ...], query: str, status: int
) -> None:
    transport = "websocket" if fields else "polling"
    answer = layered.ask("GET", f"EIO=4&transport={transport}&{query}", *fields)
    assert answer.status == status
    assert "io" not in names(answer)
    assert "uid" not in names(answer)
