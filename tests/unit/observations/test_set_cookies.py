"""Findings about Set-Cookie lines: each once, with its line, its exchange and its octet."""

from __future__ import annotations

import pytest
from handmade import answer, exchange_of

from eiospec.cookies.grammar import COOKIE_VALUE, SEPARATOR
from eiospec.errors import NotApplicable
from eiospec.observations.cookies import Responses, SetCookies, set_cookies_of
from eiospec.observations.evidence import recording
from eiospec.wire.exchange import Exchange


def setting(id: str, *cookies: bytes) -> Exchange:
    return exchange_of(
        answer(b"", *(b"Set-Cookie: " + cookie for cookie in cookies)), id=id, label=f"poll {id}"
    )


@pytest.fixture
def cookies() -> SetCookies:
    """Three responses; the cookie `a` is wrong twice in the same way, `b` once in another."""
    return set_cookies_of(
        [setting("1", b"ok=1; Path=/"), setting("2", b"a=x y", b"b=1;Path=/"), setting("3", b"a=x y")]
    )


class TestGathering:
    def test_every_line_is_kept_with_its_exchange(self, cookies: SetCookies) -> None:
        assert [(line.cookie.name, line.exchange.id) for line in cookies.lines] == [
            ("ok", "1"),
            ("a", "2"),
            ("b", "2"),
            ("a", "3"),
        ]

    @pytest.mark.parametrize("exchanges", [[], [exchange_of(None)], [exchange_of(answer())]])
    def test_without_a_cookie_nothing_applies(self, exchanges: list[Exchange]) -> None:
        with pytest.raises(NotApplicable, match="no response of this kind set a cookie"):
            set_cookies_of(exchanges)

    def test_the_first_few_are_the_evidence_while_nothing_is_found(self, cookies: SetCookies) -> None:
        assert [exchange.id for exchange in cookies.sample] == ["1", "2", "2"]


class TestBreaking:
    def test_a_breach_is_reported_once_with_its_line(self, cookies: SetCookies) -> None:
        (sentence,) = cookies.breaking(COOKIE_VALUE)
        assert "at octet 3: “a=x y” (exchange 2, poll 2)" in sentence

    def test_all_offenders_are_evidence(self, cookies: SetCookies) -> None:
        with recording() as evidence:
            cookies.breaking(COOKIE_VALUE)
        assert [exchange.id for exchange in evidence.exchanges] == ["2", "3"]

    def test_other_rules_are_not_asked(self, cookies: SetCookies) -> None:
        assert all("b=1;Path=/" in sentence for sentence in cookies.breaking(SEPARATOR))

    def test_all_rules_are_asked_without_a_name(self, cookies: SetCookies) -> None:
        assert any("a=x y" in sentence for sentence in cookies.breaking())

    def test_breaches_of_only_one_specification_can_be_selected(self, cookies: SetCookies) -> None:
        split = [*cookies.breaking(only_6265bis=True), *cookies.breaking(only_6265bis=False)]
        assert sorted(split) == sorted(cookies.breaking())

    def test_nothing_is_found_where_nothing_is_wrong(self) -> None:
        assert set_cookies_of([setting("1", b"io=a; Path=/; HttpOnly; SameSite=Lax")]).breaking() == []


class TestWhere:
    def test_a_name_is_reported_once(self, cookies: SetCookies) -> None:
        assert cookies.where(lambda line: line.cookie.name == "a", "is wrong") == [
            "is wrong: “a=x y” (exchange 2, poll 2)"
        ]

    def test_each_offender_is_evidence(self, cookies: SetCookies) -> None:
        with recording() as evidence:
            cookies.where(lambda line: line.cookie.name == "a", "is wrong")
        assert [exchange.id for exchange in evidence.exchanges] == ["2", "3"]

    def test_nothing_wrong_is_no_sentence(self, cookies: SetCookies) -> None:
        assert cookies.where(lambda _: False, "is wrong") == []


class TestResponses:
    @pytest.fixture
    def responses(self) -> Responses:
        return Responses(tuple(exchange_of(answer(), id=str(number)) for number in range(1, 6)))

    def test_the_first_few_are_the_evidence_while_nothing_is_found(self, responses: Responses) -> None:
        assert [exchange.id for exchange in responses.sample] == ["1", "2", "3"]

    def test_an_offender_is_named_and_becomes_the_evidence(self, responses: Responses) -> None:
        offender = responses.exchanges[4]
        with recording() as evidence:
            assert responses.finding(offender, "no Date") == "no Date (exchange 5, handshake)"
        assert evidence.exchanges == (offender,)
