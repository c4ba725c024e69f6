"""CORS on the reference server: preflights, allowed and other origins, and CORS fields with hooks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from eiospec.fixtures.reference import CorsOptions
from reference.peer import Client

Serve = Callable[..., Client]


@pytest.fixture
def cors(serve: Serve) -> Client:
    options = CorsOptions(
        origin=["http://good.example"],
        credentials=True,
        allowed_headers=["x-eiospec"],
        exposed_headers=["x-eiospec"],
        max_age=123,
    )
    return serve(
        layer="echo",
        cors=options,
        headers=lambda fields, _: fields.extend([("x-every", "1"), ("vary", "Accept-Language")]),
    )


def test_preflight(cors: Client) -> None:
    answer = cors.ask("OPTIONS", "EIO=4&transport=polling", "Origin: http://good.example")
    assert answer.status == 204
    assert answer.all("content-length") == answer.cookies == []
    assert answer.one("access-control-allow-origin") == "http://good.example"
    assert answer.one("access-control-allow-credentials") == "true"
    assert answer.one("access-control-allow-headers") == "x-eiospec"
    assert answer.one("access-control-max-age") == "123"
    assert "POST" in answer.one("access-control-allow-methods").split(",")


def test_actual_responses(cors: Client) -> None:
    origin = "Origin: http://good.example"
    handshake = cors.handshake(origin)
    sid = handshake.open["sid"]
    for answer in (handshake, cors.post(sid, "4x", origin), cors.poll(sid, origin)):
        assert answer.one("access-control-allow-origin") == "http://good.example"
        assert answer.one("x-every") == "1"
        assert answer.one("vary") == "Origin, Accept-Language"
    assert [cookie.partition("=")[0] for cookie in handshake.cookies] == ["io"]
    assert cors.ask("GET", "EIO=4", origin).one("access-control-allow-origin") == "http://good.example"


@pytest.mark.parametrize("fields", [(), ("Origin: http://bad.example",), ("Origin: null",)])
def test_other_origins(cors: Client, fields: tuple[str, ...]) -> None:
    answer = cors.handshake(*fields)
    assert answer.status == 200
    assert answer.all("access-control-allow-origin") == []
    assert answer.all("access-control-allow-credentials") == []
    assert "Origin" in answer.one("vary")


def test_requested_headers_are_reflected(serve: Serve) -> None:
    client = serve(cors=CorsOptions())
    fields = ("Origin: http://any.example", "Access-Control-Request-Headers: x-one, x-two")
    answer = client.ask("OPTIONS", "", *fields)
    assert answer.one("access-control-allow-origin") == "*"
    assert answer.one("access-control-allow-headers") == "x-one, x-two"


def test_no_cors_by_default(serve: Serve) -> None:
    answer = serve().handshake("Origin: http://any.example")
    assert [name for name, _ in answer.lines if name.lower().startswith("access-control")] == []


def test_star_with_credentials_raises_value_error() -> None:
    with pytest.raises(ValueError, match="credentials"):
        CorsOptions(credentials=True)


def test_invalid_origin_is_not_reflected(serve: Serve) -> None:
    client = serve(cors=CorsOptions(origin=True))
    answer = client.ask("GET", "EIO=4&transport=polling", "Origin: http://a\x01b.example")
    assert (answer.status, answer.all("access-control-allow-origin")) == (400, [])
