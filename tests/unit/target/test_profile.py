"""A profile: what each key declares, and one sentence for each way to write it wrongly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eiospec.replay.typed import written
from eiospec.target.contract import CALLBACKS, mounts
from eiospec.target.cors_option import CorsPolicy
from eiospec.target.profile import (
    BadProfile,
    Declared,
    Profile,
    Timings,
    parse_profile,
    read_profile,
    whole_contract,
)

GUIDE = Path(__file__).parents[3] / "docs" / "profile.md"

MISTAKES = {
    "no TOML": ("url = ", "not TOML: "),
    "an unknown table": ("[targets]", "targets is unknown: did you mean target?"),
    "an unknown table without a similar name": (
        "[zzz]",
        "zzz is unknown: allowed are target, cookie, cors, timings, contract",
    ),
    "an unknown key": ('[target]\nuri = "http://a"', "target.uri is unknown: did you mean url"),
    "an unknown timing": ("[timings]\nheartbeat = 1", "allowed are pingInterval, pingTimeout, maxPayload"),
    "an unknown key of the contract": (
        "[contract]\nkills = true",
        "contract.kills is unknown: did you mean killing",
    ),
    "a table that is none": ("target = 1", "target is 1; allowed is a table: write [target]"),
    "a url that is none": ("[target]\nurl = 1", "target.url is 1; allowed is a URL"),
    "one transport": (
        '[target]\ntransports = "polling"',
        "target.transports is 'polling'; allowed is a list, each member 'polling' or 'websocket'",
    ),
    "an unknown transport": (
        '[target]\ntransports = ["pigeon"]',
        "target.transports[0] is 'pigeon'; allowed is 'polling' or 'websocket'",
    ),
    "an unknown revision": ("[target]\nrevisions = [5]", "target.revisions[0] is 5; allowed is 3 or 4"),
    "no time": (
        "[timings]\npingInterval = 0",
        "timings.pingInterval is 0; allowed is a number greater than 0",
    ),
    "a time in words": (
        '[timings]\npingTimeout = "20s"',
        "timings.pingTimeout is '20s'; allowed is a number",
    ),
    "a time that is true": (
        "[timings]\nmaxPayload = true",
        "timings.maxPayload is true; allowed is a number",
    ),
    "a time without end": (
        "[timings]\npingInterval = inf",
        "timings.pingInterval is inf; allowed is a number",
    ),
    "a time that is none": (
        "[timings]\npingInterval = nan",
        "timings.pingInterval is nan; allowed is a number",
    ),
    "a path without slashes": ('[contract]\npath = "eiospec"', "begins and ends with /"),
    "a path with a query": ('[contract]\npath = "/eiospec?a/"', "begins and ends with /"),
    "a path on two lines": ('[contract]\npath = "/a\\r\\n/"', "begins and ends with /, percent-encoded"),
    "an unknown mount": (
        '[contract]\nmounts = ["mane"]',
        "contract.mounts[0] is 'mane'; allowed is 'cookie-a', 'cookie-b', ",
    ),
    "an unknown callback": (
        '[contract]\ncallbacks = ["allow_request"]',
        "contract.callbacks[0] is 'allow_request'; allowed is 'allowRequest', 'application', ",
    ),
    "a killing that is not yes or no": (
        '[contract]\nkilling = "yes"',
        "contract.killing is 'yes'; allowed is true or false",
    ),
    "a cookie that is a name": (
        'cookie = "io"',
        "cookie is 'io'; allowed is true, false or a table [cookie]",
    ),
    "an unknown cookie option": (
        "[cookie]\nhttponly = true",
        "cookie.httponly is unknown: did you mean httpOnly?",
    ),
    "a cors that is on": ("cors = true", "cors is true; allowed is false or a table [cors]"),
    "an unknown cors option": ("[cors]\norigins = []", "cors.origins is unknown: did you mean origin?"),
    "an origin with a slash": (
        '[cors]\norigin = "https://a.example/"',
        "cors.origin: 'https://a.example/' is not an origin: use for example https://example.com",
    ),
}


@pytest.fixture
def guide() -> str:
    """The example of docs/profile.md."""
    (example,) = re.findall(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert isinstance(example, str)
    return example


def test_nothing_declared_is_nothing_promised() -> None:
    assert parse_profile("") == Profile()


class TestGuide:
    def test_declares_the_target(self, guide: str) -> None:
        profile = parse_profile(guide)
        assert (profile.url, profile.transports, profile.revisions) == (
            "https://example.com/socket.io/",
            ("polling", "websocket"),
            (4,),
        )

    def test_declares_the_cookie_in_socket_io_s_words(self, guide: str) -> None:
        assert parse_profile(guide).cookie == {
            "name": "io",
            "path": "/",
            "httpOnly": True,
            "sameSite": "lax",
            "secure": True,
        }

    def test_declares_who_is_allowed(self, guide: str) -> None:
        assert parse_profile(guide).cors == CorsPolicy(
            origins=("https://app.example.com",),
            credentials=True,
            methods=("GET", "POST"),
            allowed_headers=("x-custom",),
            exposed_headers=("x-custom",),
            max_age=86400,
        )

    def test_declares_the_timings(self, guide: str) -> None:
        assert parse_profile(guide).timings == Timings(25000, 20000, 1000000)

    def test_declares_the_contract_without_what_kills(self, guide: str) -> None:
        assert parse_profile(guide).contract == Declared(
            "/eiospec/", ("main", "cors"), frozenset(CALLBACKS) - {"invalid", "jsonp"}
        )

    def test_names_every_cookie_option(self, guide: str) -> None:
        named = re.findall(r"\w+", guide.partition("[cookie]")[2].partition("[timings]")[0])
        assert {"domain", "maxAge", "expires", "partitioned", "priority"} <= set(named)


@pytest.mark.parametrize(("text", "option"), [("cookie = true", True), ("cookie = false", False)])
def test_a_cookie_may_be_a_word(text: str, option: bool) -> None:
    assert parse_profile(text).cookie is option


def test_cors_may_be_off() -> None:
    assert parse_profile("cors = false").cors is False


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_names_the_key_and_what_is_allowed(mistake: str) -> None:
    text, advice = MISTAKES[mistake]
    with pytest.raises(BadProfile, match=re.escape(advice)):
        parse_profile(text)


class TestFile:
    def test_is_read_as_utf_8(self, tmp_path: Path) -> None:
        (tmp_path / "p.toml").write_text('# für den Test\n[target]\nurl = "http://a"', "utf-8")
        assert read_profile(tmp_path / "p.toml").url == "http://a"

    def test_an_expiry_of_toml_can_be_stored(self) -> None:
        profile = parse_profile("[cookie]\nexpires = 2027-01-01T00:00:00Z")
        assert written(profile, Profile)["cookie"] == {"expires": "2027-01-01T00:00:00+00:00"}

    def test_that_is_missing_is_reported(self, tmp_path: Path) -> None:
        with pytest.raises(BadProfile, match=r"cannot be read: .*No such file"):
            read_profile(tmp_path / "p.toml")

    def test_with_invalid_octets_is_reported(self, tmp_path: Path) -> None:
        (tmp_path / "p.toml").write_bytes(b"\xff")
        with pytest.raises(BadProfile, match="cannot be read: "):
            read_profile(tmp_path / "p.toml")


class TestWholeContract:
    def test_declares_every_mount_and_callback(self) -> None:
        declared = Declared("/eiospec/", mounts(), frozenset(CALLBACKS), killing=True)
        assert whole_contract(Profile()).contract == declared

    def test_declares_the_cookie_that_is_on(self) -> None:
        assert whole_contract(Profile()).cookie is True

    def test_lets_the_user_say_otherwise(self) -> None:
        assert whole_contract(Profile(cookie=False)).cookie is False
