"""The user agent's store: what it accepts, what it ignores and at which step, what it sends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eiospec.cookies import matching
from eiospec.cookies.store import Fate, Store

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
HTTPS = "https://chat.example.org/socket.io/?EIO=4"
HTTP = "http://chat.example.org/socket.io/?EIO=4"


@pytest.fixture
def store() -> Store:
    return Store()


REFUSED = [
    (b"a=\x01", HTTPS, "§5.6 step 1"),
    (b"a=1; x=\x7f", HTTPS, "§5.6 step 1"),
    (b"a=1\r\nb: 2", HTTPS, "§5.6 step 1"),
    (b"a=" + b"x" * 4096, HTTPS, "§5.6 step 5"),
    (b"", HTTPS, "§5.7 step 2"),
    (b"=", HTTPS, "§5.7 step 2"),
    (b" = ; Path=/", HTTPS, "§5.7 step 2"),
    (b"a=1; Domain=b\xfccher.example", HTTPS, "§5.7 step 8"),
    (b"a=1; Domain=org", HTTPS, "§5.7 step 9"),
    (b"a=1; Domain=localhost", HTTPS, "§5.7 step 9"),
    (b"a=1; Domain=other.example", HTTPS, "§5.7 step 10"),
    (b"a=1; Domain=www.chat.example.org", HTTPS, "§5.7 step 10"),
    (b"a=1; Domain=at.example.org", HTTPS, "§5.7 step 10"),
    (b"a=1; Domain=0.0.1", "http://127.0.0.1/", "§5.7 step 10"),
    (b"a=1; Domain=chat.example.org:443", HTTPS, "§5.7 step 10"),
    (b"a=1; Secure", HTTP, "§5.7 step 13"),
    (b"a=1; SameSite=None", HTTPS, "§5.7 step 19"),
    (b"a=1; samesite=NONE", HTTP, "§5.7 step 19"),
    (b"__Secure-a=1", HTTPS, "§5.7 step 20"),
    (b"__SECURE-a=1", HTTPS, "§5.7 step 20"),
    (b"__Host-a=1; Path=/", HTTPS, "§5.7 step 21"),
    (b"__Host-a=1; Secure", HTTPS, "§5.7 step 21"),
    (b"__Host-a=1; Secure", "https://chat.example.org/", "§5.7 step 21"),
    (b"__Host-a=1; Secure; Path=/socket.io", HTTPS, "§5.7 step 21"),
    (b"__host-a=1; Secure; Path=/; Domain=chat.example.org", HTTPS, "§5.7 step 21"),
    (b"=__Host-a=1; Secure; Path=/", HTTPS, "§5.7 step 22"),
    (b"__secure-x", HTTPS, "§5.7 step 22"),
]


@pytest.mark.parametrize(("value", "url", "step"), REFUSED)
def test_a_cookie_is_ignored_at_its_step(store: Store, value: bytes, url: str, step: str) -> None:
    [outcome] = store.receive([value], url, NOW)
    assert (outcome.fate, outcome.step, store.cookies) == (Fate.IGNORED, step, ())


SENT = [
    (b"io=abc; Path=/; HttpOnly; SameSite=Lax", HTTP, "io=abc"),
    (b"io=abc; Path=/; HttpOnly; SameSite=Lax", HTTPS, "io=abc"),
    (b"uid=1234; SameSite=Strict", HTTP, "uid=1234"),
    (b'a="b c"', HTTP, 'a="b c"'),
    (b"a", HTTP, "a"),
    (b"=a", HTTP, "a"),
    (b"a=", HTTP, "a="),
    (b" a = 1 ;;; Path = / ", HTTP, "a=1"),
    (b"a=1\t2", HTTP, "a=1\t2"),
    (b"a=\xe9", HTTP, "a=é"),
    (b"a=" + b"x" * 4095, HTTP, "a=" + "x" * 4095),
    (b"a=1,b=2", HTTP, "a=1,b=2"),
    (b"a=1; Path=nowhere", HTTP, "a=1"),
    (b"a=1; Path=/" + b"x" * 1024, HTTP, "a=1"),
    (b"a=1; Path=/nowhere; Path=/", HTTP, "a=1"),
    (b"a=1; Domain=" + b"x" * 1025, HTTP, "a=1"),
    (b"a=1; Domain=example.org", HTTP, "a=1"),
    (b"a=1; Domain=.EXAMPLE.org", HTTP, "a=1"),
    (b"a=1; Domain=other.example; Domain=", HTTP, "a=1"),
    (b"a=1; SameSite=sometimes", HTTP, "a=1"),
    (b"a=1; SameSite=None; Secure", HTTPS, "a=1"),
    (b"a=1; SameSite=None; SameSite=Lax", HTTP, "a=1"),
    (b"__Secure-a=1; Secure", HTTPS, "__Secure-a=1"),
    (b"__Host-a=1; Secure; Path=/", HTTPS, "__Host-a=1"),
    (b"a=1; Max-Age=tomorrow", HTTP, "a=1"),
    (b"a=1; Max-Age=+0", HTTP, "a=1"),
    (b"a=1; Expires=yesterday", HTTP, "a=1"),
    (b"a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", HTTP, "a=1"),
    (b"a=1; Max-Age=0; Max-Age=60", HTTP, "a=1"),
    (b"a=1; Max-Age=" + b"9" * 1024, HTTP, "a=1"),
    (b"a=1; Domain=localhost", "http://localhost:3000/", "a=1"),
    (b"a=1; Domain=127.0.0.1; Secure", "http://127.0.0.1:3000/", "a=1"),
    (b"a=1; Secure", "http://[::1]:3000/", "a=1"),
]


@pytest.mark.parametrize(("value", "url", "header"), SENT)
def test_a_cookie_is_returned_to_the_url_that_set_it(
    store: Store, value: bytes, url: str, header: str
) -> None:
    store.receive([value], url, NOW)
    assert store.cookie_header(url, NOW) == header


NOT_SENT = [
    (b"a=1; Path=/nowhere", HTTP, HTTP),
    (b"a=1; Path=/engine.io", HTTP, HTTP),
    (b"a=1", HTTP, "http://chat.example.org/"),
    (b"a=1", HTTP, "http://chat.example.org/socket.iox/"),
    (b"a=1", HTTP, "http://example.org/socket.io/"),
    (b"a=1", HTTP, "http://www.chat.example.org/socket.io/"),
    (b"a=1; Domain=chat.example.org", HTTP, "http://example.org/socket.io/"),
    (b"a=1; Domain=localhost", "http://localhost/", "http://app.localhost/"),
    (b"a=1; Secure", HTTPS, HTTP),
    (b"a=1; Secure", HTTPS, "ws://chat.example.org/socket.io/"),
    (b"a=1; Max-Age=0", HTTP, HTTP),
    (b"a=1; Max-Age=-1", HTTP, HTTP),
    (b"a=1; Max-Age=-" + b"9" * 1000, HTTP, HTTP),
    (b"a=1; Expires=Thu, 01-Jan-70 00:00:00 GMT", HTTP, HTTP),
    (b"a=1; Max-Age=0; Expires=Fri, 01 Jan 2027 00:00:00 GMT", HTTP, HTTP),
]


@pytest.mark.parametrize(("value", "set_by", "asked"), NOT_SENT)
def test_a_cookie_goes_nowhere_else(store: Store, value: bytes, set_by: str, asked: str) -> None:
    store.receive([value], set_by, NOW)
    assert store.cookie_header(asked, NOW) is None


@pytest.mark.parametrize(
    "url",
    [
        "wss://chat.example.org/socket.io/?transport=websocket",
        "https://chat.example.org:8443/socket.io/",
        "https://CHAT.example.org/socket.io/x",
    ],
)
def test_a_secure_cookie_goes_to_every_secure_url_of_the_host(store: Store, url: str) -> None:
    store.receive([b"a=1; Secure"], HTTPS, NOW)
    assert store.cookie_header(url, NOW) == "a=1"


def test_a_domain_cookie_goes_to_the_hosts_below(store: Store) -> None:
    store.receive([b"a=1; Domain=example.org; Path=/"], HTTP, NOW)
    assert store.cookie_header("http://www.example.org/", NOW) == "a=1"


def test_longer_paths_go_first_and_older_cookies_before_newer_ones(store: Store) -> None:
    store.receive([b"root=1; Path=/", b"deep=2; Path=/socket.io/"], HTTP, NOW)
    store.receive([b"late=3; Path=/", b"mid=4"], HTTP, NOW + SECOND)
    assert store.cookie_header(HTTP, NOW + SECOND) == "deep=2; mid=4; root=1; late=3"


def test_a_replaced_cookie_keeps_its_place(store: Store) -> None:
    store.receive([b"a=1", b"b=2"], HTTP, NOW)
    [outcome] = store.receive([b"a=3"], HTTP, NOW + SECOND)
    assert outcome.fate is Fate.REPLACED
    assert store.cookie_header(HTTP, NOW + SECOND) == "a=3; b=2"


def test_cookies_of_one_name_and_different_scope_live_side_by_side(store: Store) -> None:
    store.receive([b"a=1", b"a=2; Path=/", b"a=3; Domain=chat.example.org"], HTTP, NOW)
    assert store.cookie_header(HTTP, NOW) == "a=1; a=3; a=2"


def test_names_differ_by_case(store: Store) -> None:
    store.receive([b"io=1", b"IO=2"], HTTP, NOW)
    assert store.cookie_header(HTTP, NOW) == "io=1; IO=2"


def test_a_past_expiry_deletes_the_stored_cookie(store: Store) -> None:
    store.receive([b"a=1"], HTTP, NOW)
    [outcome] = store.receive([b"a=; Max-Age=0"], HTTP, NOW)
    assert (outcome.fate, store.cookies) == (Fate.EXPIRED, ())


def test_a_past_expiry_of_another_path_deletes_nothing(store: Store) -> None:
    store.receive([b"a=1", b"a=; Max-Age=0; Path=/"], HTTP, NOW)
    assert store.cookie_header(HTTP, NOW) == "a=1"


def test_a_cookie_lives_for_its_max_age(store: Store) -> None:
    store.receive([b"a=1; Max-Age=1"], HTTP, NOW)
    assert store.cookie_header(HTTP, NOW + SECOND) == "a=1"
    assert store.cookie_header(HTTP, NOW + SECOND * 1.5) is None


@pytest.mark.parametrize("lifetime", [b"Max-Age=99999999", b"Expires=Fri, 31 Dec 9999 23:59:59 GMT"])
def test_no_cookie_lives_longer_than_400_days(store: Store, lifetime: bytes) -> None:
    [outcome] = store.receive([b"a=1; " + lifetime], HTTP, NOW)
    assert outcome.cookie is not None
    assert outcome.cookie.expiry == NOW + 400 * DAY


def test_a_session_cookie_does_not_expire(store: Store) -> None:
    [outcome] = store.receive([b"a=1"], HTTP, NOW)
    assert outcome.cookie is not None
    assert not outcome.cookie.persistent
    assert store.cookie_header(HTTP, NOW + 1000 * DAY) == "a=1"


@pytest.mark.parametrize(
    ("value", "same_site"),
    [(b"a=1; SameSite=strict", "Strict"), (b"a=1", "Default"), (b"a=1; SameSite=Lax; SameSite=x", "Default")],
)
def test_same_site_is_recorded(store: Store, value: bytes, same_site: str) -> None:
    store.receive([value], HTTP, NOW)
    assert [cookie.same_site for cookie in store.cookies] == [same_site]


def test_a_cookie_from_http_does_not_overlay_a_secure_one(store: Store) -> None:
    store.receive([b"a=1; Secure; Path=/socket.io"], HTTPS, NOW)
    fates = store.receive([b"a=2", b"a=3; Path=/socket.io/x; Domain=example.org", b"a=4; Path=/"], HTTP, NOW)
    assert [outcome.step for outcome in fates] == ["§5.7 step 16", "§5.7 step 16", ""]


def test_an_agent_that_distrusts_loopback_keeps_no_secure_cookie_of_it() -> None:
    [outcome] = Store(trust_loopback=False).receive([b"a=1; Secure"], "http://127.0.0.1:3000/", NOW)
    assert outcome.step == "§5.7 step 13"


def test_an_http_only_cookie_is_hidden_from_scripts(store: Store) -> None:
    store.receive([b"a=1; HttpOnly", b"b=2"], HTTP, NOW)
    assert store.cookie_header(HTTP, NOW, http_api=False) == "b=2"


def test_a_script_neither_makes_nor_replaces_an_http_only_cookie(store: Store) -> None:
    store.receive([b"a=1; HttpOnly"], HTTP, NOW)
    fates = store.receive([b"a=2", b"c=3; HttpOnly"], HTTP, NOW, http_api=False)
    assert [outcome.step for outcome in fates] == ["§5.7 step 23", "§5.7 step 15"]


def test_every_value_of_a_response_has_an_outcome_in_order(store: Store) -> None:
    fates = store.receive([b"a=1", b"", b"a=2", b"a=; Max-Age=0"], HTTP, NOW)
    assert [outcome.fate for outcome in fates] == [Fate.STORED, Fate.IGNORED, Fate.REPLACED, Fate.EXPIRED]


def test_an_empty_store_sends_no_header(store: Store) -> None:
    assert store.cookie_header(HTTP, NOW) is None


PIECES = (
    "=|; |,|a|b|; Path=/a|; Path=/a/|; Path=|; Domain=example.org|; Domain=a.example.org|; Secure|; Max-Age=5"
)
VALUES = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.lists(st.sampled_from(PIECES.encode("latin-1").split(b"|")), max_size=6).map(b"".join),
    ),
    max_size=8,
)
URLS = st.builds(
    "{}://{}{}".format,
    st.sampled_from(["http", "https", "ws", "wss"]),
    st.sampled_from(["example.org", "a.example.org", "b.a.example.org", "127.0.0.1", "[::1]:3000"]),
    st.sampled_from(["", "/", "/a", "/a/", "/a/b", "/ab/?q=/a/"]),
)


@given(VALUES, URLS, URLS)
def test_retrieved_cookies_match_host_path_and_channel(values: list[bytes], url: str, asked: str) -> None:
    store = Store(trust_loopback=False)
    store.receive(values, url, NOW)
    for cookie in store.matching(asked, NOW):
        assert matching.domain_match(matching.url_host(asked), cookie.domain)
        assert matching.path_match(matching.url_path(asked), cookie.path)
        assert matching.is_secure(asked) or not cookie.secure_only


@given(VALUES, URLS)
def test_at_most_one_cookie_of_a_name_domain_and_path_is_stored(values: list[bytes], url: str) -> None:
    store = Store()
    store.receive(values + values, url, NOW)
    identities = [cookie.identity for cookie in store.cookies]
    assert len(identities) == len(set(identities))


@given(VALUES, URLS)
def test_receiving_a_response_twice_does_not_change_the_sent_cookies(values: list[bytes], url: str) -> None:
    once, twice = Store(), Store()
    once.receive(values, url, NOW)
    twice.receive(values, url, NOW)
    twice.receive(values, url, NOW)
    sent, again = once.cookie_header(url, NOW), twice.cookie_header(url, NOW)
    assert sorted((sent or "").split("; ")) == sorted((again or "").split("; "))


@given(VALUES, URLS)
def test_no_octets_make_the_store_raise_and_each_has_one_outcome(values: list[bytes], url: str) -> None:
    outcomes = Store().receive(values, url, NOW)
    assert [outcome.octets for outcome in outcomes] == values
    assert all(bool(outcome.reason) == (outcome.fate is Fate.IGNORED) for outcome in outcomes)
