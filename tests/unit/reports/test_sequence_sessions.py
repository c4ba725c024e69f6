"""Grouping exchanges by session."""

from __future__ import annotations

from typing import Any

import pytest
from handmade import OPEN, SID, Make, answer
from handmade_sessions import Journal, open_packet

from eiospec.reports.model import Document, document
from eiospec.reports.sequence.sessions import sessions
from eiospec.wire.exchange import Frame, Opcode

IO = f"io={SID}"


@pytest.fixture
def journal() -> Journal:
    """An empty journal."""
    return Journal()


@pytest.fixture
def written(make: Make) -> Any:
    """Makes the document of a journal."""

    def documented(journal: Journal, ours: tuple[str, ...] = (SID,)) -> Document:
        return document(make((), tuple(journal.exchanges), ours=ours))

    return documented


class TestASession:
    def test_is_its_handshake_and_what_names_its_id(self, journal: Journal, written: Any) -> None:
        journal.handshake()
        journal.handshake(sid="another")
        journal.poll()
        journal.poll(sid="another")
        journal.upgrade()
        found = sessions(written(journal)["exchanges"])
        assert [[exchange["id"] for exchange in session.exchanges] for session in found] == [
            ["1", "3", "5"],
            ["2", "4"],
        ]

    def test_is_opened_by_an_open_packet_only(self, journal: Journal, written: Any) -> None:
        connected = b'40{"sid":"of-the-namespace"}'
        journal.add("EIO=4&transport=polling", answer(connected))
        journal.poll(sid="never-issued")
        assert sessions(written(journal)["exchanges"]) == ()

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(OPEN, id="revision 4"),
            pytest.param(b"97:" + OPEN, id="revision 3"),
            pytest.param(b'___eio[0]("97:' + OPEN.replace(b'"', b'\\"') + b'");', id="JSONP"),
            pytest.param(b"6\x1e" + OPEN, id="second of a payload"),
        ],
    )
    def test_is_found_in_every_payload(self, journal: Journal, written: Any, body: bytes) -> None:
        journal.add("EIO=4&transport=polling", answer(body))
        assert [session.sid for session in sessions(written(journal)["exchanges"])] == [SID]

    def test_may_be_opened_on_a_websocket(self, journal: Journal, written: Any) -> None:
        opened = (Frame(Opcode.TEXT, OPEN, True, 0.12),)
        switching = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
        journal.add("EIO=4&transport=websocket", switching, "Upgrade: websocket", frames=opened)
        assert [session.sid for session in sessions(written(journal)["exchanges"])] == [SID]

    def test_is_one_of_its_path(self, journal: Journal, written: Any) -> None:
        journal.handshake(path="/a/")
        journal.handshake(path="/b/")
        journal.poll(path="/b/")
        found = sessions(written(journal)["exchanges"])
        assert [(session.path, len(session.exchanges)) for session in found] == [("/a/", 1), ("/b/", 2)]

    def test_takes_a_percent_encoded_id_for_the_id(self, journal: Journal, written: Any) -> None:
        journal.handshake(sid="a/b+c")
        journal.add("EIO=4&transport=polling&sid=a%2Fb%2Bc", answer(b"2"))
        assert len(sessions(written(journal, ours=("a/b+c",))["exchanges"])[0].exchanges) == 2

    def test_knows_that_its_id_was_given_twice(self, journal: Journal, written: Any) -> None:
        journal.handshake()
        journal.handshake()
        assert [session.handshakes for session in sessions(written(journal)["exchanges"])] == [{"1", "2"}]

    def test_is_grouped_although_its_id_is_masked(self, journal: Journal, written: Any) -> None:
        journal.handshake(f"{IO}; Path=/")
        journal.poll(IO)
        found = sessions(written(journal, ours=())["exchanges"])
        assert [len(session.exchanges) for session in found] == [2]
        assert SID not in found[0].sid


class TestAPreflight:
    ASKED = ("Origin: https://app.example", "Access-Control-Request-Method: GET")

    def ask(self, journal: Journal, **more: Any) -> None:
        journal.add(
            "EIO=4&transport=polling", answer(status=b"204 No Content"), *self.ASKED, method="OPTIONS", **more
        )

    def shake_hands(self, journal: Journal, sid: str = SID) -> None:
        journal.add("EIO=4&transport=polling", answer(open_packet(sid)), self.ASKED[0])

    def test_belongs_to_the_handshake_that_follows(self, journal: Journal, written: Any) -> None:
        self.ask(journal)
        self.shake_hands(journal)
        self.shake_hands(journal, "later")
        found = sessions(written(journal)["exchanges"])
        assert [[exchange["id"] for exchange in session.exchanges] for session in found] == [
            ["1", "2"],
            ["3"],
        ]

    @pytest.mark.parametrize("other", [{"path": "/elsewhere/"}, {"probe": "another"}, {"began": 99.0}])
    def test_of_something_else_does_not(self, journal: Journal, written: Any, other: dict[str, Any]) -> None:
        self.ask(journal, **other)
        journal.clock = 0.2
        self.shake_hands(journal)
        assert [len(session.exchanges) for session in sessions(written(journal)["exchanges"])] == [1]
