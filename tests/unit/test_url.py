"""The target's URL: what is taken, as what, and the one sentence for each way to get it wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eiospec.target.url import BadTarget, Target, parse_target

ANY_PATH = r"https?://[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(:[1-9][0-9]{0,3})?(/[!-\"$->@-~]{0,20})?"


class TestAccepted:
    @pytest.mark.parametrize(
        ("url", "target"),
        [
            ("http://127.0.0.1:3000", Target("127.0.0.1", 3000, "/socket.io/", False)),
            ("http://127.0.0.1:3000/", Target("127.0.0.1", 3000, "/socket.io/", False)),
            ("http://127.0.0.1:3000/chat", Target("127.0.0.1", 3000, "/chat", False)),
            ("http://127.0.0.1:3000//", Target("127.0.0.1", 3000, "//", False)),
            ("http://localhost", Target("localhost", 80, "/socket.io/", False)),
            ("http://localhost:", Target("localhost", 80, "/socket.io/", False)),
            ("https://chat.example", Target("chat.example", 443, "/socket.io/", True)),
            ("ws://chat.example", Target("chat.example", 80, "/socket.io/", False)),
            ("wss://chat.example/eio/", Target("chat.example", 443, "/eio/", True)),
            ("wss://chat.example:8443", Target("chat.example", 8443, "/socket.io/", True)),
            ("HTTP://CHAT.example/A", Target("chat.example", 80, "/A", False)),
            ("http://chat.example.", Target("chat.example.", 80, "/socket.io/", False)),
            ("http://chat_server:3000", Target("chat_server", 3000, "/socket.io/", False)),
            ("http://[::1]:3000", Target("::1", 3000, "/socket.io/", False)),
            ("https://[2001:DB8::1]/", Target("2001:db8::1", 443, "/socket.io/", True)),
            ("http://[::ffff:127.0.0.1]", Target("::ffff:127.0.0.1", 80, "/socket.io/", False)),
            ("http://a/%zz/..//é%".replace("é", "%C3%A9"), Target("a", 80, "/%zz/..//%C3%A9%", False)),
            ("http://bücher.example", Target("xn--bcher-kva.example", 80, "/socket.io/", False)),
            ("http://a:65535", Target("a", 65535, "/socket.io/", False)),
        ],
    )
    def test_a_target_is_host_port_path_and_security(self, url: str, target: Target) -> None:
        assert parse_target(url) == target

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("ws://A:80", "http://a/socket.io/"),
            ("wss://a:443/x", "https://a/x"),
            ("https://a:80", "https://a:80/socket.io/"),
            ("http://a:443", "http://a:443/socket.io/"),
            ("http://[::1]:3000/eio/", "http://[::1]:3000/eio/"),
            ("https://[::1]", "https://[::1]/socket.io/"),
        ],
    )
    def test_it_is_written_without_the_default_port(self, url: str, shown: str) -> None:
        assert str(parse_target(url)) == shown

    def test_the_authority_of_an_ipv6_address_has_brackets(self) -> None:
        assert parse_target("http://[::1]:3000").authority == "[::1]:3000"

    @given(st.from_regex(ANY_PATH, fullmatch=True))
    def test_a_written_url_is_read_back(self, url: str) -> None:
        assert parse_target(str(parse_target(url))) == parse_target(url)


class TestRefused:
    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("", "has no scheme"),
            ("localhost:3000", "has no scheme: write http://localhost:3000 or https://localhost:3000"),
            ("//localhost", "has no scheme: write http://localhost or"),
            ("ftp://a", "has the scheme 'ftp': use http, https, ws or wss"),
            ("javascript://a", "has the scheme 'javascript'"),
            (" http://a", "has the scheme ' http'"),
            ("http://a b", "contains white space or control characters"),
            ("http://a\n", "contains white space or control characters"),
            ("http://a/\x00", "contains white space or control characters"),
            ("http://a/?EIO=4", "has a query or fragment, which the suite sets itself: use http://a/"),
            ("http://a/#x", "has a query or fragment"),
            ("http://", "names no host"),
            ("http:///path", "names no host"),
            ("http://:3000", "names no host: write http://127.0.0.1:3000"),
            ("http://a:port", "is not a URL: Port could not be cast"),
            ("http://a:99999", "is not a URL: Port out of range"),
            ("http://a:-1", "is not a URL"),
            ("http://a:0", "has the port 0"),
            ("http://[::1", "is not a URL: Invalid IPv6 URL"),
            ("http://[::zz]", "is not a URL"),
            ("http://::1", "is not a URL"),
            ("http://me@a", "was given with a user name: pass it with --header"),
            ("http://me:secret@a", "was given with a user name"),
            ("http://a/é", "has characters outside ASCII: percent-encode them"),
            ("http://a..b", "has a host that is neither a name nor an address: 'a..b'"),
            ("http://" + "x" * 64, "has a host that is neither a name nor an address"),
            ("http://a\\b", "has a host that is neither a name nor an address"),
            ("http://<script>", "has a host that is neither a name nor an address"),
            ("http://a%41", "has a host that is neither a name nor an address"),
            ("http://\udcff", "has a host that is neither a name nor an address"),
            ("http://a/\udcff", "has characters outside ASCII"),
        ],
    )
    def test_the_message_names_the_mistake(self, url: str, why: str) -> None:
        with pytest.raises(BadTarget) as caught:
            parse_target(url)
        assert why in str(caught.value)

    @pytest.mark.parametrize(
        "url",
        ["http://me:hunter2@a", "ftp://me:hunter2@a", "http://me:hunter2@a/?x", "http://me:hunter2@a b"],
    )
    def test_a_password_is_never_repeated(self, url: str) -> None:
        with pytest.raises(BadTarget) as caught:
            parse_target(url)
        assert "hunter2" not in str(caught.value)

    def test_a_long_url_is_cut(self) -> None:
        with pytest.raises(BadTarget) as caught:
            parse_target("x://" + "a" * 10_000)
        assert len(str(caught.value)) < 300

    @given(
        st.one_of(
            st.text(max_size=60),
            st.text("htpws:/[]@.%?#\\ \t0123456789abcé\u3002\uff0f\u2100\udcff", max_size=30).map(
                "http://".__add__
            ),
        )
    )
    def test_anything_is_a_target_or_a_bad_one(self, url: str) -> None:
        try:
            target = parse_target(url)
        except BadTarget:
            return
        assert parse_target(str(target)) == target


@pytest.mark.parametrize(
    "url",
    [
        "user:S3CRETpw@host",
        "http:/user:S3CRETpw@host",
        "http://user:S3CRETpw@host",
        "http://user:S3CRETpw/x@host",
        "http://user:S3CRETpw?x@host",
        "http://user:S3CRETpw#x@host",
        "ftp://user:S3CRETpw@host",
        "http://user:S3CRET pw@host",
    ],
)
def test_no_message_has_the_password(url: str) -> None:
    with pytest.raises(BadTarget) as raised:
        parse_target(url)
    assert "S3CRET" not in str(raised.value)
