"""The cors option: which origins it allows and which it does not, and one sentence for each way to write it wrongly."""

from __future__ import annotations

import re

import pytest

from eiospec.target.contract import cors_of
from eiospec.target.cors_option import (
    STRANGER,
    BadCorsOption,
    CorsPolicy,
    is_serialized,
    lookalikes,
    policy_of,
)

GOOD = "http://good.example"

MISTAKES: dict[str, tuple[dict[str, object], str]] = {
    "an unknown key": ({"origins": GOOD}, "cors.origins is unknown: did you mean origin?"),
    "a host": ({"origin": "good.example"}, "'good.example' is not an origin"),
    "a path": ({"origin": [f"{GOOD}/"]}, f"'{GOOD}/' is not an origin"),
    "a port that is none": ({"origin": f"{GOOD}:99999"}, "is not an origin"),
    "off": ({"origin": False}, "cors.origin: false is not an origin"),
    "an empty list": (
        {"origin": []},
        "cors.origin is an empty list: name an origin, or declare cors = false",
    ),
    "credentials in words": ({"credentials": "yes"}, "cors.credentials is 'yes'; allowed is true or false"),
    "a method that is none": ({"methods": ["GET POST"]}, "cors.methods: 'GET POST' is not a name"),
    "headers that are no list": (
        {"allowedHeaders": 1},
        "cors.allowedHeaders is 1; allowed is a list of names",
    ),
    "a header that is not a text": (
        {"exposedHeaders": [1]},
        "cors.exposedHeaders[0] is 1; allowed is a name of letters",
    ),
    "an age in words": ({"maxAge": "1d"}, "cors.maxAge is '1d'; allowed is a number of seconds"),
    "an age below 0": ({"maxAge": -1}, "cors.maxAge is -1; allowed is a number of seconds"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_names_the_key_and_what_is_allowed(mistake: str) -> None:
    option, advice = MISTAKES[mistake]
    with pytest.raises(BadCorsOption, match=re.escape(advice)):
        policy_of(option)


class TestDefaults:
    def test_everybody_is_allowed_without_credentials(self) -> None:
        assert policy_of({}) == CorsPolicy(wildcard=True)

    def test_so_a_stranger_is_asked_with(self) -> None:
        assert (policy_of({}).allowed, policy_of({}).refused) == ((STRANGER,), {})


class TestOrigins:
    def test_of_a_list_the_first_and_the_last_are_asked_with(self) -> None:
        assert policy_of({"origin": [GOOD, "http://b", "http://c"]}).allowed == (GOOD, "http://c")

    def test_one_is_asked_with_once(self) -> None:
        assert policy_of({"origin": [GOOD]}).allowed == (GOOD,)

    def test_one_in_a_text_is_named_to_everybody(self) -> None:
        assert (policy_of({"origin": GOOD}).fixed, policy_of({"origin": [GOOD]}).fixed) == (True, False)

    def test_listed_origins_are_not_refused(self) -> None:
        refused = policy_of({"origin": [GOOD, "https://good.example", "null"]}).refused
        assert {"null", "another scheme"}.isdisjoint(refused)
        assert refused["a stranger"] == STRANGER

    def test_a_text_with_commas_is_a_list_of_names(self) -> None:
        assert policy_of({"methods": "GET, POST"}).methods == ("GET", "POST")

    def test_the_contract_has_two(self) -> None:
        policy = cors_of("cors")
        assert policy is not None
        assert len(policy.origins) == 2
        assert cors_of("main") is None


class TestLookalikes:
    def test_differ_from_the_origin_each_in_its_way(self) -> None:
        assert lookalikes(GOOD) == {
            "another scheme": "https://good.example",
            "another port": "http://good.example:8001",
            "a longer host": "http://good.example.eiospec-stranger.example",
            "a host that ends alike": "http://eiospecgood.example",
            "a subdomain": "http://eiospec.good.example",
            "a letter for the dot": "http://goodxexample",
        }

    @pytest.mark.parametrize(
        "origin", [GOOD, "https://a.example:8443", "http://localhost", "http://[::1]:3000"]
    )
    def test_are_origins_themselves(self, origin: str) -> None:
        assert all(
            is_serialized(other)
            for other in policy_of({"origin": origin}).refused.values()
            if other != "null"
        )
        assert origin not in policy_of({"origin": origin}).refused.values()


@pytest.mark.parametrize(
    ("text", "serialized"),
    [
        (GOOD, True),
        ("https://good.example:8443", True),
        ("chrome-extension://abcdef", True),
        ("http://[::1]:3000", True),
        (f"{GOOD}/", False),
        (f"{GOOD}, {GOOD}", False),
        (f" {GOOD}", False),
        ("good.example", False),
        ("//good.example", False),
        ("http://", False),
        (f"{GOOD}:", False),
        (f"{GOOD}:http", False),
        ("http://a\x01b", False),
        ("http://user@good.example", False),
        ("false", False),
        ("", False),
    ],
)
def test_an_origin_is_a_scheme_a_host_and_perhaps_a_port(text: str, serialized: bool) -> None:
    assert is_serialized(text) is serialized
