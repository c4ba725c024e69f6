"""Labels, description and attachments of allure results, read through allure's hooks."""

from __future__ import annotations

import subprocess
import sys

import allure_commons
import pytest
from handmade import Converse, Judge

from eiospec.reports.allure import annotate, description, transcript
from eiospec.reports.masking import mask_of
from eiospec.verdicts import Run, Verdict


class Listener:
    """Keeps what allure received."""

    def __init__(self) -> None:
        self.labels: dict[str, tuple[str, ...]] = {}
        self.links: list[tuple[str, str]] = []
        self.parameters: dict[str, str] = {}
        self.attached: dict[str, str] = {}
        self.title = ""

    @allure_commons.hookimpl
    def add_label(self, label_type: object, labels: tuple[str, ...]) -> None:
        self.labels[str(label_type)] = labels

    @allure_commons.hookimpl
    def add_title(self, test_title: str) -> None:
        self.title = test_title

    @allure_commons.hookimpl
    def add_parameter(self, name: str, value: str) -> None:
        self.parameters[name] = value

    @allure_commons.hookimpl
    def add_link(self, url: str, name: str) -> None:
        self.links.append((url, name))

    @allure_commons.hookimpl
    def attach_data(self, body: str, name: str) -> None:
        self.attached[name] = body


@pytest.fixture
def allure(failing: Run) -> Listener:
    """The listener after the failing judgement."""
    listener = Listener()
    allure_commons.plugin_manager.register(listener)
    try:
        annotate(failing.judgements[0], failing.exchanges, mask_of(failing))
    finally:
        allure_commons.plugin_manager.unregister(listener)
    return listener


def test_the_level_is_the_severity(allure: Listener) -> None:
    assert allure.labels["severity"] == ("critical",)


def test_the_area_is_the_feature_and_the_sentence_the_story(allure: Listener, failing: Run) -> None:
    assert allure.labels["feature"] == ("Session cookie: presence and value",)
    assert allure.labels["story"] == (failing.judgements[0].requirement.sentence,)


def test_the_id_and_the_verdict_are_labels(allure: Listener) -> None:
    assert (allure.labels["requirement"], allure.labels["verdict"]) == (("CK-002",), ("fail",))


def test_the_title_names_requirement_and_case(allure: Listener) -> None:
    assert allure.title.startswith("CK-002 The session cookie's value")
    assert allure.title.endswith("[polling]")


def test_the_source_is_linked(allure: Listener) -> None:
    assert allure.links == [
        (
            "https://socket.io/how-to/deal-with-cookies",
            "How to deal with cookies, Cookie based sticky session",
        )
    ]


def test_each_of_several_targets_has_its_own_history(failing: Run) -> None:
    listener = Listener()
    allure_commons.plugin_manager.register(listener)
    try:
        annotate(failing.judgements[0], (), target="http://a/")
    finally:
        allure_commons.plugin_manager.unregister(listener)
    assert listener.parameters == {"target": "http://a/"}


def test_the_exchanges_are_attached(allure: Listener) -> None:
    assert list(allure.attached) == ["exchange 1: handshake", "exchange 2: WebSocket handshake"]


def test_secrets_are_masked(allure: Listener) -> None:
    assert "io=other" not in allure.attached["exchange 1: handshake"]


def test_secrets_are_masked_without_a_mask_too(failing: Run) -> None:
    listener = Listener()
    allure_commons.plugin_manager.register(listener)
    try:
        annotate(failing.judgements[0], failing.exchanges)
    finally:
        allure_commons.plugin_manager.unregister(listener)
    assert "io=other" not in listener.attached["exchange 1: handshake"]


def test_a_transcript_tells_the_whole_exchange(failing: Run) -> None:
    assert (
        transcript(failing.exchanges[1])
        == """\
http://127.0.0.1:3000/socket.io/?EIO=4&transport=polling   (probe tour, connection 1)

--- request, at 0.010
GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\\r\\n
Host: 127.0.0.1:3000\\r\\n
Connection: Upgrade\\r\\n
Upgrade: websocket\\r\\n
\\r\\n

--- response, at 0.012
HTTP/1.1 101 Switching Protocols\\r\\n
Upgrade: websocket\\r\\n
Connection: Upgrade\\r\\n
\\r\\n

--- frames
0.020 target text         0{"sid":"lv_VI97HAXpY6yYWAAAB"}
0.021 us     text         40/eiospec-1,
0.030 target close        \\x03\\xe8

--- closed by the target, at 0.013
"""
    )


def test_a_transcript_is_printable(converse: Converse) -> None:
    exchange = converse(response=b"HTTP/1.1 200 OK\r\nX: " + bytes(range(256)) + b"\r\n\r\n", label="\x1b")
    assert all(character.isprintable() or character == "\n" for character in transcript(exchange))


def test_a_missing_response_is_mentioned(converse: Converse) -> None:
    assert "--- no response: bad status line" in transcript(
        converse(response=None, refusal="bad status line")
    )


def test_the_description_is_an_indented_block(judge: Judge) -> None:
    text = description(judge(verdict=Verdict.FAIL, expected="a\n# heading", observed="<b>"))
    assert all(line.startswith("    ") for line in text.splitlines())


def test_allure_is_imported_only_when_it_is_asked_for() -> None:
    asked = "import sys, eiospec.reports.allure; sys.exit('allure' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
