"""Which cookies a balancer sets: by what they do, from hand-made sessions."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from handmade_journeys import UNKNOWN, journey, kept, lost, sessions, step, upgrade

from eiospec.observations.balancer_cookies import set_by_balancer
from eiospec.observations.sessions import POST, Journey, Step

NODES = ("a", "b", "c") * 2
KEEPS, LOSES = (step(POST), step(POST)), (step(POST, UNKNOWN), step(POST))


def behind_a_balancer(
    name: str,
    values: tuple[str, ...],
    *,
    nodes: tuple[str, ...] = (),
    alone: tuple[Step, ...] = (),
    mode: str = "auto",
    cookie: str | None = None,
) -> frozenset[str]:
    """Return the balancer's cookies of sessions whose handshakes set this cookie to these values."""
    named = nodes or ("",) * len(values)
    jarred = [
        kept(cookies=(f"{name}={value}".encode(),), node=node)
        for value, node in zip(values, named, strict=True)
    ]
    tried: Mapping[str, tuple[Step, ...]] = {name: alone} if alone else {}
    bare = (lost(), lost()) if alone else (kept(), kept())
    return set_by_balancer(sessions(*jarred, bare=bare, alone=tried, mode=mode, cookie=cookie))


UNIQUE = tuple("123456")


class TestTheApplication:
    @pytest.mark.parametrize(
        "name", ["connect.sid", "JSESSIONID", "PHPSESSID", "sessionid", "laravel_session", "uid", "SERVICE"]
    )
    @pytest.mark.parametrize("alone", [(), LOSES])
    def test_sets_what_neither_names_a_node_nor_keeps_a_session(
        self, name: str, alone: tuple[Step, ...]
    ) -> None:
        assert behind_a_balancer(name, UNIQUE, alone=alone) == set()

    @pytest.mark.parametrize(
        "name", ["connect.sid", "JSESSIONID", "PHPSESSID", "sessionid", "laravel_session"]
    )
    def test_sets_its_session_even_where_the_balancer_goes_by_it(self, name: str) -> None:
        assert behind_a_balancer(name, UNIQUE, alone=KEEPS) == set()

    def test_sets_a_cookie_that_is_the_same_for_everybody(self) -> None:
        assert behind_a_balancer("uid", ("1234",) * 6, nodes=NODES) == set()

    def test_sets_a_cookie_of_two_values_that_follow_no_node(self) -> None:
        assert behind_a_balancer("variant", tuple("ababab"), nodes=NODES) == set()

    def test_sets_a_cookie_of_two_values_that_keeps_no_session(self) -> None:
        assert behind_a_balancer("variant", tuple("ababab"), alone=LOSES) == set()

    def test_sets_the_declared_cookie_that_the_balancer_only_changes(self) -> None:
        assert behind_a_balancer("JSESSIONID", UNIQUE, mode="prefix", cookie="JSESSIONID") == set()


class TestTheBalancer:
    @pytest.mark.parametrize("name", ["serverid", "lb", "JSESSIONID", "sessionid"])
    def test_sets_what_names_the_node(self, name: str) -> None:
        assert behind_a_balancer(name, tuple("xyzxyz"), nodes=NODES) == {name}

    def test_sets_what_takes_few_values_where_nodes_are_not_named(self) -> None:
        assert behind_a_balancer("lb", tuple("ababab")) == {"lb"}

    def test_sets_what_alone_keeps_a_session(self) -> None:
        assert behind_a_balancer("lb", UNIQUE, alone=KEEPS) == {"lb"}

    def test_sets_what_is_declared(self) -> None:
        assert behind_a_balancer("lb", UNIQUE, mode="insert", cookie="lb") == {"lb"}

    @pytest.mark.parametrize("name", ["AWSALB", "AWSALBCORS", "ARRAffinity", "__cf_bm", "GCLB"])
    def test_sets_the_documented_cookies_of_products(self, name: str) -> None:
        assert behind_a_balancer(name, UNIQUE) == {name}

    def test_sets_a_session_anew_on_every_response_if_it_goes_by_it(self) -> None:
        def renewing(*values: str) -> Journey:
            steps = [step(POST, None, f"Set-Cookie: sessionid={value}".encode()) for value in values]
            return journey(*steps, upgrade(), cookies=(b"sessionid=first",))

        seen = sessions(renewing("b", "c"), bare=(lost(), lost()), alone={"sessionid": KEEPS})
        assert set_by_balancer(seen) == {"sessionid"}
