"""Matching of hosts, domains and paths, with the examples of RFC 6265bis §5.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eiospec.cookies import matching

PATHS = st.text("/ab.?%", max_size=12).map(lambda path: "/" + path)


@pytest.mark.parametrize(
    ("uri_path", "path"),
    [
        ("", "/"),
        ("/", "/"),
        ("a/b", "/"),
        ("/socket.io", "/"),
        ("/socket.io/", "/socket.io"),
        ("/socket.io/x", "/socket.io"),
        ("/a/b/c", "/a/b"),
        ("//", "/"),
        ("/a//", "/a/"),
    ],
)
def test_the_default_path_ends_before_the_last_slash(uri_path: str, path: str) -> None:
    assert matching.default_path(uri_path) == path


@given(PATHS)
def test_a_request_path_matches_its_own_default_path(path: str) -> None:
    assert matching.path_match(path, matching.default_path(path))


@pytest.mark.parametrize(
    ("request_path", "cookie_path", "matches"),
    [
        ("/socket.io/", "/", True),
        ("/socket.io/", "/socket.io", True),
        ("/socket.io/", "/socket.io/", True),
        ("/socket.io", "/socket.io/", False),
        ("/socket.io/", "/socket", False),
        ("/socket.iox/", "/socket.io", False),
        ("/socket.io/", "/Socket.io", False),
        ("/socket.io/", "/engine.io", False),
        ("/socket.io/", "/socket%2Eio", False),
        ("/", "/", True),
    ],
)
def test_a_path_matches_itself_and_paths_below_it(request_path: str, cookie_path: str, matches: bool) -> None:
    assert matching.path_match(request_path, cookie_path) is matches


@pytest.mark.parametrize(
    ("host", "domain", "matches"),
    [
        ("example.org", "example.org", True),
        ("EXAMPLE.org", "example.ORG", True),
        ("www.example.org", "example.org", True),
        ("a.b.example.org", "example.org", True),
        ("example.org", "www.example.org", False),
        ("badexample.org", "example.org", False),
        ("example.org", "", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "0.0.1", False),
        ("::1", "[::1]", True),
        ("bücher.example", "xn--bcher-kva.example", True),
    ],
)
def test_a_host_matches_itself_and_the_domains_above_it(host: str, domain: str, matches: bool) -> None:
    assert matching.domain_match(host, domain) is matches


@pytest.mark.parametrize(
    ("host", "canonical"),
    [
        ("WWW.Example.ORG", "www.example.org"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("[0:0::1]", "::1"),
        ("192.0.2.1", "192.0.2.1"),
        ("ü" * 70 + ".example", "ü" * 70 + ".example"),
        ("", ""),
    ],
)
def test_a_host_is_canonicalized(host: str, canonical: str) -> None:
    assert matching.canonical_host(host) == canonical


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[2001:db8::1]"])
def test_an_address_is_no_name(host: str) -> None:
    assert matching.is_ip(host)


@pytest.mark.parametrize("host", ["localhost", "1.example", "127.0.0", "256.0.0.1", ""])
def test_a_name_is_no_address(host: str) -> None:
    assert not matching.is_ip(host)


@pytest.mark.parametrize(
    ("attribute", "path"),
    [("/", "/"), ("/x", "/x"), (None, "/socket.io"), ("", "/socket.io"), ("x", "/socket.io")],
)
def test_a_path_that_begins_with_no_slash_gives_way_to_the_default_path(
    attribute: str | None, path: str
) -> None:
    assert matching.effective_path(attribute, "/socket.io/") == path


@pytest.mark.parametrize(
    ("url", "trusting", "strict"),
    [
        ("https://example.org/", True, True),
        ("wss://example.org/", True, True),
        ("HTTPS://example.org/", True, True),
        ("http://example.org/", False, False),
        ("ws://localhost:3000/", True, False),
        ("http://app.localhost/", True, False),
        ("http://127.0.0.2/", True, False),
        ("http://[::1]:3000/", True, False),
        ("http://localhost.example/", False, False),
    ],
)
def test_a_loopback_host_is_as_secure_as_one_trusts_it(url: str, trusting: bool, strict: bool) -> None:
    assert matching.is_secure(url, trust_loopback=True) is trusting
    assert matching.is_secure(url) is strict


def test_a_url_falls_into_host_and_path() -> None:
    assert matching.url_host("http://user@EXAMPLE.org:3000/socket.io/?EIO=4") == "example.org"
    assert matching.url_path("http://example.org:3000/socket.io/?EIO=4") == "/socket.io/"
    assert matching.url_path("http://example.org?EIO=4") == "/"
