"""The octets of a polling handshake and of refused requests."""

from __future__ import annotations

import re

import pytest

from reference.peer import UPGRADE, Client

POLLING = "EIO=4&transport=polling"
IMF_FIXDATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")


def test_handshake_octets(client: Client) -> None:
    answer = client.handshake()
    sid = answer.open["sid"]
    assert answer.lines[:5] == (
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("Cache-Control", "no-store"),
        ("Set-Cookie", f"io={sid}; Path=/; HttpOnly; SameSite=Lax"),
        ("Content-Length", str(len(answer.body))),
        ("Date", answer.one("date")),
    )
    assert IMF_FIXDATE.fullmatch(answer.one("date"))
    assert answer.open == {
        "sid": sid,
        "upgrades": ["websocket"],
        "pingInterval": 25000,
        "pingTimeout": 20000,
        "maxPayload": 1000000,
    }


def test_ids_are_unique_and_url_safe(client: Client) -> None:
    ids = [client.session() for _ in range(50)]
    assert len(set(ids)) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{20}", sid) for sid in ids)


def test_session_id_in_a_cookie_is_never_adopted(client: Client) -> None:
    sid = client.session()
    answer = client.handshake(f"Cookie: io={sid}")
    assert answer.open["sid"] != sid
    assert answer.cookies[0].startswith(f"io={answer.open['sid']};")


@pytest.mark.parametrize("query", ["t=abc&" + POLLING, POLLING + "&eiospec=1&foo=bar", POLLING + "&sid="])
def test_other_parameters_are_ignored(client: Client, query: str) -> None:
    assert client.ask("GET", query).open


@pytest.mark.parametrize(
    ("method", "query", "code"),
    [
        ("GET", "EIO=4", 0),
        ("GET", "EIO=4&transport=abc", 0),
        ("GET", "EIO=4&transport=__proto__", 0),
        ("GET", "transport=polling", 5),
        ("GET", "EIO=3&transport=polling", 5),
        ("GET", "EIO=abc&transport=polling", 5),
        ("POST", POLLING, 2),
        ("PUT", POLLING, 2),
        ("DELETE", POLLING, 2),
        ("PATCH", POLLING, 2),
        ("OPTIONS", POLLING, 2),
        ("GET", POLLING + "&sid=unknown", 1),
        ("GET", POLLING + "&sid=constructor", 1),
        ("GET", POLLING + "&sid=%00", 1),
        ("GET", POLLING + "&sid=%zz", 1),
        ("GET", POLLING + "&sid=" + "x" * 9000, 1),
        ("POST", POLLING + "&sid=unknown", 1),
        ("GET", "EIO=4&transport=websocket", 3),
    ],
)
def test_refusals(client: Client, method: str, query: str, code: int) -> None:
    answer = client.ask(method, query, body=b"" if method != "GET" else None)
    assert (answer.status, answer.json["code"]) == (400, code)
    assert isinstance(answer.json["message"], str)
    assert answer.one("content-type") == "application/json"
    assert IMF_FIXDATE.fullmatch(answer.one("date"))
    assert answer.cookies == []


@pytest.mark.parametrize("fields", [(), UPGRADE])
@pytest.mark.parametrize("query", ["EIO=3", "transport=polling", "EIO=4&transport=abc"])
def test_refusal_is_framed_on_both_paths(client: Client, fields: tuple[str, ...], query: str) -> None:
    answer = client.ask("GET", query, *fields)
    assert answer.status == 400
    assert int(answer.one("content-length")) == len(answer.body)
    assert answer.one("date")


@pytest.mark.parametrize(
    "query", ["transport=polling", "EIO=3&transport=polling", "EIO=4&transport=websocket"]
)
def test_refused_request_does_not_affect_the_session(client: Client, query: str) -> None:
    sid = client.session()
    assert client.ask("GET", f"{query}&sid={sid}").json["code"] == 3
    assert client.post(sid, "40").body == b"ok"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "HEAD"])
def test_other_method_with_a_live_session(client: Client, method: str) -> None:
    sid = client.session()
    assert client.ask(method, f"{POLLING}&sid={sid}").status == 400
    assert client.post(sid, "40").status == 200


def test_other_paths_are_404(client: Client) -> None:
    answer = Client(client.port, "/elsewhere/").handshake()
    assert answer.status == 404
    assert answer.one("date")


def test_origin_with_a_control_character(client: Client) -> None:
    assert client.handshake("Origin: http://a\x01b").status == 400
