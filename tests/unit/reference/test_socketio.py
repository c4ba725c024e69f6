"""Socket.IO revision 5 on top of the engine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from reference.peer import BINARY, TEXT, Client, Peer

Serve = Callable[..., Client]


def connect(peer: Peer, packet: str = "40", auth: str = "{}") -> None:
    peer.frame(TEXT, packet)
    assert re.fullmatch(r'40\{"sid":"[^"]+"\}', peer.text())
    assert peer.text() == f'42["auth",{auth}]'


def test_connect_over_polling(client: Client) -> None:
    sid = client.session()
    client.post(sid, "40\x1e40/eiospec-1,")
    connected, auth, refused = client.poll(sid).body.decode().split("\x1e")
    assert json.loads(connected[2:])["sid"] != sid
    assert auth == '42["auth",{}]'
    assert refused == '44/eiospec-1,{"message":"Invalid namespace"}'


def test_auth_event_precedes_other_packets(client: Client) -> None:
    with client.websocket() as peer:
        peer.frame(TEXT, "40/eiospec-1-é€😀,")
        assert peer.text() == '44/eiospec-1-é€😀,{"message":"Invalid namespace"}'
        connect(peer, '40{"token":"123"}', '{"token":"123"}')


def test_events_and_acks(client: Client) -> None:
    with client.websocket("Cookie: first=1") as peer:
        connect(peer)
        peer.frame(TEXT, '42["message",1,"2",{"3":[true]},"€😀\\u0000"]')
        assert json.loads(peer.text()[2:]) == ["message-back", 1, "2", {"3": [True]}, "€😀\0"]
        peer.frame(TEXT, '4212345678901234567890["message-with-ack",1]')
        assert peer.text() == "4312345678901234567890[1]"
        peer.frame(TEXT, '420["message-with-ack"]')
        assert peer.text() == "430[]"
        peer.frame(TEXT, '421["cookie"]')
        assert peer.text() == '431["first=1"]'
        peer.frame(TEXT, '42["ack-me"]')
        assert peer.text() == '420["ack-me"]'
        peer.frame(TEXT, '430["x"]')
        assert peer.text() == '42["ack-result","x"]'


def test_binary(client: Client) -> None:
    header = '["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'
    with client.websocket() as peer:
        connect(peer)
        peer.frame(TEXT, "452-" + header)
        peer.frame(BINARY, b"\x01")
        peer.frame(BINARY, b"\x02")
        assert peer.text() == "452-" + header.replace('"message"', '"message-back"')
        assert [peer.receive(), peer.receive()] == [(BINARY, b"\x01"), (BINARY, b"\x02")]
        peer.frame(TEXT, '451-789["message-with-ack",{"_placeholder":true,"num":0}]')
        peer.frame(BINARY, b"\x03")
        assert peer.text() == '461-789[{"_placeholder":true,"num":0}]'
        assert peer.receive() == (BINARY, b"\x03")


def test_namespaces(client: Client) -> None:
    with client.websocket() as peer:
        connect(peer)
        peer.frame(TEXT, "40/custom")
        assert peer.text().startswith('40/custom,{"sid":')
        assert peer.text() == '42/custom,["auth",{}]'
        peer.frame(TEXT, "41/custom,")
        peer.frame(TEXT, '42["message",1]')
        assert peer.text() == '42["message-back",1]'
        peer.frame(TEXT, '42/custom,["message"]')
        assert peer.close_code() == 1000


@pytest.mark.parametrize("packet", ['42["x"]', "41", "4abc", "4", "40[]"])
def test_first_packet_is_connect(client: Client, packet: str) -> None:
    with client.websocket() as peer:
        peer.frame(TEXT, packet)
        assert peer.close_code() == 1000


BAD = [
    "42", "42{}", "42[]", "42[true]", '42["message"', '42abc["x"]', '42 ["x"]', "49", "4abc", "40", "44{}",
    "43",
    '450-["x"]', '45["x"]', '4511-["x"]', '421-["x"]', '42["connect"]', "41[]", "42[" * 2000 + "]" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("packet", BAD)
def test_bad_packets_close(client: Client, packet: str) -> None:
    with client.websocket() as peer:
        connect(peer)
        peer.frame(TEXT, packet)
        assert peer.close_code() == 1000


def test_attachments_out_of_place_close(client: Client) -> None:
    with client.websocket() as peer:
        connect(peer)
        peer.frame(BINARY, b"\x01")
        assert peer.close_code() == 1000
    with client.websocket() as peer:
        connect(peer)
        peer.frame(TEXT, '451-["x",{"_placeholder":true,"num":1}]')
        peer.frame(BINARY, b"\x01")
        assert peer.close_code() == 1000


def test_connect_timeout(serve: Serve) -> None:
    with serve(connect_timeout=100).websocket() as peer:
        assert peer.close_code() == 1000


def test_session_survives_the_upgrade(client: Client) -> None:
    sid = client.session()
    client.post(sid, "40")
    with client.candidate(sid) as peer:
        peer.frame(TEXT, "2probe")
        assert peer.text() == "3probe"
        assert client.poll(sid).body.endswith(b"\x1e6")
        peer.frame(TEXT, "5")
        peer.frame(TEXT, '42["message",1]')
        assert peer.text() == '42["message-back",1]'


@pytest.mark.parametrize("pending", [True, False])
def test_graceful_close_delivers_queued_packets(client: Client, pending: bool) -> None:
    sid = client.session()
    client.post(sid, "40")
    client.poll(sid)
    if pending:
        with client.polling(sid) as peer:
            client.post(sid, '42["close-me"]')
            body = peer.answer().body
    else:
        client.post(sid, '42["close-me"]')
        body = client.poll(sid).body
    assert body == b'42["bye"]\x1e1'
    assert client.poll(sid).status == 400
