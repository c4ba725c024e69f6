"""Sessions in revision 3: the client pings, payloads are framed by length, and JSONP is available."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from reference.peer import Answer, Client

Serve = Callable[..., Client]
POLLING = "EIO=3&transport=polling"


@pytest.fixture
def old(serve: Serve) -> Client:
    return serve(
        layer="echo",
        allow_eio3=True,
        initial_headers=lambda fields, _: fields.append(("x-initial", "1")),
        headers=lambda fields, _: fields.append(("x-every", "1")),
    )


def opened(answer: Answer) -> str:
    """Return the session id of an open packet with its length."""
    length, _, packet = answer.body.decode().partition(":")
    assert len(packet) == int(length)
    assert packet.startswith("0")
    sid: str = json.loads(packet[1:])["sid"]
    return sid


def test_handshake_differs_from_revision_4_only_in_framing(old: Client) -> None:
    answer = old.ask("GET", POLLING)
    assert answer.status == 200
    assert answer.cookies == [f"io={opened(answer)}; Path=/; HttpOnly; SameSite=Lax"]
    assert answer.one("x-initial") == answer.one("x-every") == "1"


def test_the_client_pings_and_messages_are_echoed(old: Client) -> None:
    query = f"{POLLING}&sid={opened(old.ask('GET', POLLING))}"
    assert old.ask("POST", query, body=b"6:2probe3:4\xc3\xa9a").body == b"ok"
    assert old.ask("GET", query).body == b"6:3probe3:4\xc3\xa9a"


@pytest.mark.parametrize("body", [b"2", b"7:2", b"4a\x1e4b"])
def test_a_payload_of_another_revision_ends_the_session(old: Client, body: bytes) -> None:
    query = f"{POLLING}&sid={opened(old.ask('GET', POLLING))}"
    assert old.ask("POST", query, body=body).status == 400
    assert old.ask("GET", query).json["code"] == 1


def test_session_ends_without_a_ping_of_the_client(serve: Serve) -> None:
    client = serve(layer="echo", allow_eio3=True, ping_interval=60, ping_timeout=40)
    query = f"{POLLING}&sid={opened(client.ask('GET', POLLING))}"
    assert client.ask("GET", query).body == b"1:1"
    assert client.ask("GET", query).json["code"] == 1


def test_jsonp_answers_with_a_script_and_takes_a_form(old: Client) -> None:
    answer = old.ask("GET", f"{POLLING}&j=7")
    assert answer.one("content-type") == "text/javascript; charset=UTF-8"
    call = re.fullmatch(r"___eio\[7\]\((.*)\);", answer.body.decode())
    assert call is not None
    payload: str = json.loads(call[1])
    sid = json.loads(payload.partition(":0")[2])["sid"]
    query = f"{POLLING}&j=7&sid={sid}"
    assert old.ask("POST", query, body=b"d=3%3A4ab").body == b"ok"
    assert old.ask("GET", query).body == b'___eio[7]("3:4ab");'


def test_revision_3_is_refused_without_the_option(serve: Serve) -> None:
    assert serve().ask("GET", POLLING).json["code"] == 5
