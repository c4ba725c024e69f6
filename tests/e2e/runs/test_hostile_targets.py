"""Runs against peers that are dead, broken, malicious or liars (`tests/hostile`).

Whatever the peer does, a run ends in time and in bounded memory, never with 0, and every document of it is
well formed and inert.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser

import pytest
from _pytest.mark import ParameterSet
from hostile.peers import MARKUP, PEERS, hostile
from junit_schema import assert_junit
from targets import HOST

from runs.command import Finished, Once, Run

# An exchange may last twice the patience, which is 2 s on loopback, and a run holds its conversations side
# by side; what has to come one after another is a dozen such exchanges.
MOST_SECONDS = 60.0
MOST_OCTETS = 200 * 1024**2

# Peers whose answer to the first handshake is no handshake: one sentence, and nothing is judged.
NO_ENGINE = {
    "accepts_and_says_nothing": "sent no answer",
    "accepts_and_resets": "reset the connection",
    "resets_mid_response": "reset the connection",
    "drips_a_byte_a_second": "sent no complete HTTP response",
    "endless_headers": "sent more than any handshake needs",
    "endless_header_line": "sent more than any handshake needs",
    "endless_body_chunked": "sent more than any handshake needs",
    "endless_body_until_close": "sent more than any handshake needs",
    "gzip_bomb": "is not an Engine.IO server",
    "not_http": "something that is not HTTP",
    "redirects_to_itself": "answered the handshake 302",
    "web_server_200": "is not an Engine.IO server: it answered the handshake 200",
    "web_server_404": "is not an Engine.IO server: it answered the handshake 404",
    "unknown_ca": "--ca FILE, or --insecure",
    "always_200_empty": "is not an Engine.IO server",
    "closes_every_connection": "closed the connection without an answer",
    "echoes_the_request": "is not an Engine.IO server",
    "refuses": "refused the connection: is it running?",
    "no_such_name": "does not resolve",
}
# Peers that answer a handshake, more or less: they are judged, and these requirements fail among others.
JUDGED = {
    "speaks_first": {"HS-019", "HS-022"},
    "closes_mid_body": {"HS-003", "HS-022"},
    "two_content_lengths": {"HS-022"},
    "bare_lf": {"HS-022"},
    "nul_in_header": {"HS-022"},
    "markup_everywhere": {"HS-019"},
    "commands_everywhere": {"HS-019"},
    "ansi_everywhere": {"CS-016"},
    "websocket_then_garbage": {"HS-014", "HS-016"},
    "websocket_then_http": {"ERR-025", "HS-014"},
    "websocket_endless_frames": {"HS-016"},
    "websocket_huge_frame": {"HS-014", "HS-016"},
    "knows_handshakes_else_200_empty": {"ERR-001", "ERR-007", "HS-014", "HS-016"},
    "knows_handshakes_else_closes": {"ERR-001", "ERR-007", "HS-014", "HS-018"},
    "copies_the_last_response": {"ERR-001", "ERR-007", "HS-014", "HS-016", "HS-019"},
}
# One of each kind: silent, endless, no HTTP, no engine, and wrong in its head, its body, its texts and its WebSocket.
QUICK = {
    "accepts_and_says_nothing",
    "endless_headers",
    "gzip_bomb",
    "not_http",
    "web_server_404",
    "unknown_ca",
    "refuses",
    "bare_lf",
    "markup_everywhere",
    "websocket_then_http",
    "copies_the_last_response",
}


def by_cost(names: Iterable[str]) -> list[ParameterSet]:
    """Return the names as parameters; those not in `QUICK` are marked as slow."""
    return [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in names]


# What the liar that answers every request with the same good handshake may pass: what one handshake shows.
# Not what asks for a session that works, for a refusal, for a WebSocket or for ids that differ.
SHOWN_BY_ONE_HANDSHAKE = re.compile(
    r"HS-00[1-9]|HS-01[0-2]|HS-02[0-4]|HS-02[67]|CK-00[12]|CK-015|CA-\d+|CS-\d+|ERR-018|ERR-027|PR-006|PR-010|PR-031"
    r"|SE-004|SE-019"
)

# What those may pass whose handshakes are right and who know of nothing else: besides what handshakes show, that
# they differ, and that what is added to them changes nothing. Of a session's requests that they are not refused and
# carry no cookie: "200" is all that HS-018, HS-036 and CK-006 ask for.
SHOWN_BY_HANDSHAKES = re.compile(
    SHOWN_BY_ONE_HANDSHAKE.pattern
    + r"|HS-018|HS-019|HS-029|HS-036|CK-006|CK-012|SE-001|SE-00[23]|SE-01[0237]|PR-026|PR-029"
)

# Control characters but the line feed, and those of ISO 6429 in eight bits.
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@contextmanager
def url_of(name: str) -> Iterator[str]:
    if name == "no_such_name":
        yield "http://eiospec.invalid"  # RFC 6761 §6.4: it never resolves
        return
    with hostile(name) as port:
        yield f"{'https' if name == 'unknown_ca' else 'http'}://{HOST}:{port}"


@pytest.fixture
def finished(peer: str, run: Run, once: Once) -> Finished:
    """Run against the peer; raise subprocess.TimeoutExpired when the run does not end in time."""

    def suffer() -> Finished:
        with url_of(peer) as url:
            return run("--target", url, "--junitxml", "junit.xml", within=MOST_SECONDS)

    return once(peer, suffer)


class Outline(HTMLParser):
    """Collects what a browser would run or fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts = 0
        self.handlers: list[str] = []
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        targets = [
            value or "" for name, value in attrs if name in ("src", "href", "srcset", "action", "data")
        ]
        if tag == "a":
            self.links += targets
        else:
            self.fetched += [target for target in targets if not target.startswith("data:")]


def test_every_peer_has_its_row() -> None:
    assert {*NO_ENGINE, *JUDGED} == {*PEERS, "refuses", "no_such_name"}


@pytest.mark.parametrize("peer", by_cost([*NO_ENGINE, *JUDGED]))
class TestEveryPeer:
    def test_the_run_stays_within_time_and_memory(self, finished: Finished) -> None:
        assert finished.seconds < MOST_SECONDS
        assert finished.peak_octets < MOST_OCTETS

    def test_the_run_ends_with_a_clear_exit_code(self, peer: str, finished: Finished) -> None:
        assert finished.exit_code == (6 if peer in NO_ENGINE else 1)
        assert not finished.ids("broken")

    def test_no_internal_error_is_shown(self, finished: Finished) -> None:
        assert not re.search("Traceback|INTERNALERROR|Exception ignored|never awaited", finished.output)

    def test_no_control_character_reaches_the_terminal(self, finished: Finished) -> None:
        assert not CONTROLS.search(finished.output)

    def test_the_json_report_is_valid(self, finished: Finished) -> None:
        assert finished.report["exit"]["code"] == finished.exit_code

    def test_the_junit_file_is_valid_and_has_a_failure(self, finished: Finished) -> None:
        assert_junit(finished.junit_xml.read_bytes())
        # Where nothing was judged, the case "the run" says why.
        assert len(finished.junit) == (len(finished.judgements) or 1)
        assert any(case.find(tag) is not None for case in finished.junit for tag in ("failure", "error"))

    def test_the_html_report_runs_nothing(self, finished: Finished, bundled: Finished) -> None:
        seen = Outline(finished.html)
        assert MARKUP not in finished.html
        assert (seen.scripts, seen.handlers, seen.fetched) == (Outline(bundled.html).scripts, [], [])
        assert all(link.startswith(("#", "https://")) for link in seen.links)


@pytest.mark.parametrize("peer", by_cost(NO_ENGINE))
def test_a_peer_that_is_no_engine_is_named_and_not_judged(peer: str, finished: Finished) -> None:
    assert NO_ENGINE[peer] in finished.report["controls"][0]["sentence"]
    assert finished.report["controls"][0]["sentence"] in " ".join(finished.stdout.split())
    assert finished.verdicts == {}


@pytest.mark.parametrize("peer", by_cost(JUDGED))
def test_a_wrong_answer_fails_its_requirements(peer: str, finished: Finished) -> None:
    assert JUDGED[peer] <= finished.ids("fail")


@pytest.mark.parametrize("peer", ["copies_the_last_response"])
def test_one_good_answer_to_everything_passes_no_behaviour(finished: Finished) -> None:
    assert {id for id in finished.ids("pass") if not SHOWN_BY_ONE_HANDSHAKE.fullmatch(id)} == set()


@pytest.mark.parametrize("peer", by_cost(["knows_handshakes_else_200_empty", "knows_handshakes_else_closes"]))
def test_good_handshakes_alone_pass_no_session(finished: Finished) -> None:
    assert {id for id in finished.ids("pass") if not SHOWN_BY_HANDSHAKES.fullmatch(id)} == set()
