"""Answers to pages of other origins, in the words of Fetch."""

from __future__ import annotations

import pytest
from handmade import HANDSHAKE, OPEN, answer, exchange_of

from eiospec.errors import Blocked, NotApplicable
from eiospec.observations.answer import Answer, Answers
from eiospec.observations.cross_origin import (
    ALLOWED,
    CrossOrigin,
    allows,
    allows_credentials,
    members_of,
    passes_the_check,
    well_formed,
)
from eiospec.target.cors_option import CorsPolicy
from eiospec.wire.exchange import Exchange

GOOD = "http://good.example"
POLICY = CorsPolicy(origins=(GOOD,), credentials=True)


def asked(*lines: str, origin: str | None = GOOD, method: str = "GET", status: bytes = b"200 OK") -> Exchange:
    """A handshake from that origin, answered with these lines."""
    request = HANDSHAKE.replace(b"GET", method.encode())
    if origin is not None:
        request = request.replace(b"\r\n\r\n", f"\r\nOrigin: {origin}\r\n\r\n".encode())
    return exchange_of(answer(OPEN, *(line.encode() for line in lines), status=status), request=request)


def seen(exchanges: dict[str, Exchange], policy: CorsPolicy | None = POLICY) -> CrossOrigin:
    """Answers by label."""
    return CrossOrigin(Answers({label: Answer(one) for label, one in exchanges.items()}), policy)


class TestCheck:
    @pytest.mark.parametrize(
        ("lines", "passes"),
        [
            ((f"Access-Control-Allow-Origin: {GOOD}",), True),
            (("access-control-allow-origin: *",), True),
            (("Access-Control-Allow-Origin: HTTP://good.example",), False),
            ((f"Access-Control-Allow-Origin: {GOOD}/",), False),
            ((f"Access-Control-Allow-Origin: {GOOD}, http://b",), False),
            ((f"Access-Control-Allow-Origin: {GOOD}",) * 2, False),
            ((), False),
        ],
    )
    def test_passes_for_the_origin_byte_for_byte_or_all(self, lines: tuple[str, ...], passes: bool) -> None:
        assert passes_the_check(asked(*lines)) is passes

    @pytest.mark.parametrize(("value", "allowed"), [("true", True), ("True", False), ("true, true", False)])
    def test_credentials_are_allowed_by_true_alone(self, value: str, allowed: bool) -> None:
        assert allows_credentials(asked(f"Access-Control-Allow-Credentials: {value}")) is allowed

    def test_a_refused_origin_counts_among_others_too(self) -> None:
        assert allows(asked(f"Access-Control-Allow-Origin: http://b, {GOOD}"), GOOD)

    def test_no_response_allows_nothing(self) -> None:
        assert not allows(exchange_of(None), GOOD)


@pytest.mark.parametrize(
    ("values", "right"),
    [
        ((), True),
        (("*",), True),
        (("null",), True),
        ((GOOD,), True),
        (("*", "*"), False),
        (("Null",), False),
        (("false",), False),
        (("undefined",), False),
        (("",), False),
        ((f"{GOOD} {GOOD}",), False),
    ],
)
def test_allow_origin_is_one_origin_null_or_all(values: tuple[str, ...], right: bool) -> None:
    assert well_formed(values) is right


def test_members_of_all_lines_are_one_list() -> None:
    assert members_of(asked("Vary: Origin,, x", "vary: y"), "Vary") == ["Origin", "x", "y"]


class TestPrerequisites:
    def test_an_undeclared_origin_has_no_policy(self) -> None:
        with pytest.raises(NotApplicable, match=r"does not declare \[cors\]"):
            _ = seen({}, None).policy

    def test_not_applicable_to_a_server_without_cors_fields(self) -> None:
        with pytest.raises(NotApplicable, match="no response"):
            seen({"a": asked("Vary: Origin")}, None).speaks()

    def test_one_field_is_enough(self) -> None:
        seen({"a": asked("Access-Control-Max-Age: 1")}, None).speaks()

    def test_a_refusal_proves_nothing_when_no_origin_is_allowed(self) -> None:
        with pytest.raises(Blocked, match="CO-006"):
            seen({f"handshake of {ALLOWED}": asked()}).welcomes()

    def test_a_request_that_was_never_made_blocks(self) -> None:
        with pytest.raises(Blocked, match="gave no session id"):
            _ = seen({})[f"POST of {ALLOWED}"]


class TestDepending:
    allowed = asked(f"Access-Control-Allow-Origin: {GOOD}", "Vary: Origin")

    def test_nothing_depends_on_the_origin_when_all_get_the_same(self) -> None:
        star = asked("Access-Control-Allow-Origin: *")
        with pytest.raises(NotApplicable, match="does not depend on the Origin"):
            _ = seen({"a": star, "b": star}).depending

    def test_the_refused_and_those_without_origin_depend_too(self) -> None:
        refused, alone = asked(origin="http://b"), asked(origin=None)
        assert set(seen({"a": self.allowed, "b": refused, "c": alone}).depending) == {
            self.allowed,
            refused,
            alone,
        }

    def test_preflights_are_not_cached(self) -> None:
        preflight = asked(f"Access-Control-Allow-Origin: {GOOD}", method="OPTIONS")
        assert (
            preflight
            not in seen({"a": self.allowed, "b": asked(origin="http://b"), "c": preflight}).depending
        )


class TestLists:
    policy = CorsPolicy(origins=(GOOD,), methods=("GET", "PUT"), allowed_headers=("X-A",), max_age=5)

    def unlike(
        self, option: str, *lines: str, other: str = "", status: bytes = b"204 No Content"
    ) -> list[str]:
        preflight = asked(*lines, method="OPTIONS", status=status)
        again = asked(other, method="OPTIONS") if other else preflight
        labels = {f"preflight of {ALLOWED}": preflight, f"preflight of {ALLOWED}, undeclared header": again}
        return [one.partition(" (")[0] for one in seen(labels, self.policy).unlike(option)]

    def test_methods_as_configured_and_those_that_need_no_asking(self) -> None:
        assert self.unlike("methods", "Access-Control-Allow-Methods: OPTIONS,GET,PUT") == []

    def test_missing_and_additional_methods_are_reported(self) -> None:
        assert self.unlike("methods", "Access-Control-Allow-Methods: GET, put") == [
            "Access-Control-Allow-Methods lacks PUT",
            "Access-Control-Allow-Methods has put, too",
        ]

    def test_names_of_fields_compare_in_any_letter_case(self) -> None:
        assert self.unlike("allowedHeaders", "Access-Control-Allow-Headers: x-a, Content-Type") == []

    def test_asking_for_another_header_gets_none(self) -> None:
        lines = "Access-Control-Allow-Headers: x-a"
        assert self.unlike("allowedHeaders", lines, other=f"{lines}, x-b") == [
            "Access-Control-Allow-Headers has x-b, too"
        ]

    @pytest.mark.parametrize(("line", "wrong"), [("5", []), ("5s", ["Access-Control-Max-Age: 5s"])])
    def test_max_age_is_a_number_of_seconds(self, line: str, wrong: list[str]) -> None:
        assert self.unlike("maxAge", f"Access-Control-Max-Age: {line}") == wrong

    def test_an_undeclared_list_is_not_compared(self) -> None:
        with pytest.raises(NotApplicable, match="exposedHeaders"):
            self.unlike("exposedHeaders")

    def test_a_preflight_that_fails_says_nothing_of_its_lists(self) -> None:
        with pytest.raises(Blocked, match="CO-001"):
            self.unlike("methods", status=b"400 Bad Request")
