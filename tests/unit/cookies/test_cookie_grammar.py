"""The strict reader against hard values, one row each: the value, and every breach it must show.

A breach is written `rule@octet`; a lint ends with `?`, what RFC 6265 permitted with `+`.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from eiospec.cookies import grammar
from eiospec.cookies.grammar import Breach, folded_pairs, read, unquote

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
DATE = b"Tue, 01 Dec 2026 00:00:00 GMT"


def shown(breach: Breach) -> str:
    return f"{breach.rule}@{breach.octet}" + "?" * breach.lint + "+" * breach.only_6265bis


CONFORMING = [
    b"io=abc; Path=/; HttpOnly; SameSite=Lax",
    b"io=",
    b'io=""',
    b'io="abc"',
    b"uid=1234; SameSite=Strict",
    b"a=b=c=d",
    b"a==",
    b"!#$%&'*+-.^_`|~=1",
    b"__Host-io=abc; Path=/; Secure",
    b"a=" + bytes(range(0x2D, 0x3B)),
    b"a=!#$%&'()*+-./:<=>?@[]^_`{|}~",
    b"a=1; path=/; httponly; SECURE; sAmEsItE=None",
    b"a=1; Path=/a,b",
    b'a=1; Path=/"quoted"',
    b"a=1; Path=/a=b",
    b"a=1; Path=/a b",
    b"a=1; Max-Age=1",
    b"a=1; Max-Age=34560000",
    b"a=1; Expires=" + DATE,
    b"a=1; Domain=example.org",
    b"a=1; Domain=EXAMPLE.org",
    b"a=1; Domain=xn--bcher-kva.example",
    b"a=1; Domain=1password.example",
    b"a=1; Domain=127.0.0.1",
    b"a=1; Priority=High; Partitioned; Secure",
    b"a=1; anything goes = here",
    b"a=1; =",
    b"a=1; comment=\x7e",
    b"a=%20%00%FF",
    b"a=" + b"x" * 4095,
    b"a=1; Path=/" + b"x" * 1023,
]

BREAKING = [
    # CS-001, CS-004: separators of attributes
    (b"a=1;", ["separator@3", "set-cookie-string@3"]),
    (b"a=1; ", ["separator@3", "set-cookie-string@3"]),
    (b"a=1;;Secure", ["separator@3", "set-cookie-string@3", "separator@5?"]),
    (b"a=1; ; Secure", ["separator@3", "set-cookie-string@3"]),
    (b"a=1;\t; Secure", ["separator@3", "set-cookie-string@3"]),
    (b"a=1; Path=/;", ["separator@11", "set-cookie-string@11"]),
    (b"a=1;Path=/", ["separator@4?"]),
    (b"a=1;  Path=/", ["separator@4?"]),
    (b"a=1;\tPath=/", ["separator@4?"]),
    (b"a=1; \tPath=/", ["separator@4?"]),
    (b"a=1;Path=/;HttpOnly", ["separator@4?", "separator@11?"]),
    (b"a=1; Path=/ ; Secure", ["separator@11+", "set-cookie-string@11+"]),
    (b"a=1; Secure ", ["separator@11+", "set-cookie-string@11+"]),
    (b"a=1; Path =/", ["separator@9+"]),
    (b"a=1; Path= /", ["separator@10+"]),
    (b"a=1; Path = /", ["separator@9+", "separator@11+"]),
    # CS-002: the name
    (b"=value", ["cookie-name@0", "set-cookie-string@0"]),
    (b"=", ["cookie-name@0", "set-cookie-string@0"]),
    (b"", ["cookie-name@0", "set-cookie-string@0"]),
    (b"; Path=/", ["cookie-name@0", "set-cookie-string@0"]),
    (b"value", ["cookie-name@5", "set-cookie-string@5"]),
    (b"Secure; Path=/", ["cookie-name@6", "set-cookie-string@6"]),
    (b" =1", ["cookie-name@0", "set-cookie-string@0"]),
    (b"a b=1", ["cookie-name@1", "set-cookie-string@1"]),
    (b"a =1", ["cookie-name@1", "set-cookie-string@1"]),
    (b" a=1", ["cookie-name@0", "set-cookie-string@0"]),
    (b"a[0]=1", ["cookie-name@1", "set-cookie-string@1"]),
    (b"a,b=1", ["cookie-name@1", "set-cookie-string@1"]),
    (b'"a"=1', ["cookie-name@0", "set-cookie-string@0"]),
    (b"a@b=1", ["cookie-name@1", "set-cookie-string@1"]),
    # CS-003: the value
    (b"a=b c", ["cookie-value@3", "set-cookie-string@3"]),
    (b"a= b", ["cookie-value@2", "set-cookie-string@2"]),
    (b"a=b ", ["cookie-value@3", "set-cookie-string@3"]),
    (b"a=b ; Path=/", ["cookie-value@3", "set-cookie-string@3"]),
    (b"a=b,c", ["cookie-value@3", "set-cookie-string@3"]),
    (b"a=b\\c", ["cookie-value@3", "set-cookie-string@3"]),
    (b'a=b"c', ["cookie-value@3", "set-cookie-string@3"]),
    (b'a="b', ["cookie-value@4", "set-cookie-string@4"]),
    (b'a="', ["cookie-value@3", "set-cookie-string@3"]),
    (b'a="b"c', ["cookie-value@5", "set-cookie-string@5"]),
    (b'a="b c"', ["cookie-value@4", "set-cookie-string@4"]),
    (b'a="b;c"', ["cookie-value@4", "set-cookie-string@4", "separator@5?"]),
    (b'a={"x":1}', ["cookie-value@3", "set-cookie-string@3"]),
    # CS-005
    (b"a=1; Path=/; path=/b", ["duplicate attribute@13"]),
    (b"a=1; Secure; Secure; Secure", ["duplicate attribute@13", "duplicate attribute@21"]),
    (b"a=1; x=1; X=2", ["duplicate attribute@10"]),
    # CS-008, CS-009
    (b"a=1; Expires", ["expires-av@12"]),
    (b"a=1; Expires=", ["expires-av@13"]),
    (b"a=1; Expires=0", ["expires-av@13"]),
    (b"a=1; Expires=Tue, 1 Dec 2026 00:00:00 GMT", ["expires-av@19"]),
    (b"a=1; Expires=Tue, 01 Dec 26 00:00:00 GMT", ["expires-av@27"]),
    (b"a=1; Expires=Tue, 01-Dec-2026 00:00:00 GMT", ["expires-av@20"]),
    (b"a=1; Expires=Tuesday, 01-Dec-26 00:00:00 GMT", ["expires-av@16"]),
    (b"a=1; Expires=Tue Dec  1 00:00:00 2026", ["expires-av@16"]),
    (b"a=1; Expires=Tue, 01 Dec 2026 00:00:00 UTC", ["expires-av@39"]),
    (b"a=1; Expires=Tue, 01 Dec 2026 00:00:00 +0000", ["expires-av@39"]),
    (b"a=1; Expires=tue, 01 Dec 2026 00:00:00 GMT", ["expires-av@13"]),
    (b"a=1; Expires=Tux, 01 Dec 2026 00:00:00 GMT", ["expires-av@13"]),
    (b"a=1; Expires=Tue, 01 Dez 2026 00:00:00 GMT", ["expires-av@21"]),
    (b'a=1; Expires="Tue, 01 Dec 2026 00:00:00 GMT"', ["expires-av@13"]),
    (b"a=1; Expires=Thu, 01 Dec 2026 00:00:00 GMT", ["day-name@13"]),
    (b"a=1; Expires=Mon, 30 Feb 2026 00:00:00 GMT", ["day-name@18"]),
    (b"a=1; Expires=Tue, 01 Dec 2026 24:00:00 GMT", ["day-name@18"]),
    # CS-010, CS-011
    (b"a=1; Max-Age=0", ["max-age-av@13?"]),
    (b"a=1; Max-Age=007", ["max-age-av@13?"]),
    (b"a=1; Max-Age=-5", ["max-age-av@13"]),
    (b"a=1; Max-Age=+5", ["max-age-av@13"]),
    (b"a=1; Max-Age=86400.5", ["max-age-av@18"]),
    (b"a=1; Max-Age=1e3", ["max-age-av@14"]),
    (b"a=1; Max-Age=", ["max-age-av@13"]),
    (b"a=1; Max-Age", ["max-age-av@12"]),
    (b"a=1; Max-Age=\xb2", ["max-age-av@13", "US-ASCII@13", "set-cookie-string@13"]),
    (b"a=1; Max-Age=34560001", ["lifetime@13?"]),
    (b"a=1; Max-Age=" + b"9" * 1000, ["lifetime@13?"]),
    (b"a=1; Expires=Sat, 01 Jan 2028 00:00:00 GMT", ["lifetime@13?"]),
    # CS-012
    (b"a=1; Domain", ["domain-av@11"]),
    (b"a=1; Domain=", ["domain-av@12"]),
    (b"a=1; Domain=.", ["domain-av@12?", "domain-av@13"]),
    (b"a=1; Domain=.example.org", ["domain-av@12?"]),
    (b"a=1; Domain=localhost:3000", ["domain-av@21"]),
    (b"a=1; Domain=example.org.", ["domain-av@23"]),
    (b"a=1; Domain=exa_mple.org", ["domain-av@15"]),
    (b"a=1; Domain=-a.org", ["domain-av@12"]),
    (b"a=1; Domain=a-.org", ["domain-av@13"]),
    (b"a=1; Domain=[::1]", ["domain-av@12"]),
    (b"a=1; Domain=http://a.org", ["domain-av@16"]),
    (b"a=1; Domain=" + b"a" * 64, ["domain-av@75"]),
    # CS-013
    (b"a=1; Path", ["path-av@9"]),
    (b"a=1; Path=", ["path-av@10"]),
    (b"a=1; Path=socket.io", ["path-av@10"]),
    (b'a=1; Path="/"', ["path-av@10"]),
    (b"a=1; Path=/\x01", ["US-ASCII@11", "path-av@11", "set-cookie-string@11"]),
    # CS-014
    (b"a=1; SameSite", ["samesite-av@13+"]),
    (b"a=1; SameSite=", ["samesite-av@14+"]),
    (b"a=1; SameSite=true", ["samesite-av@14+"]),
    (b"a=1; SameSite=lax", ["samesite-av@14?"]),
    (b"a=1; SameSite=STRICT", ["samesite-av@14?"]),
    # CS-015
    (b"a=1; Secure=", ["flag attribute@11"]),
    (b"a=1; HttpOnly=true", ["flag attribute@13"]),
    (b"a=1; Partitioned=1", ["flag attribute@16"]),
    # CS-016
    (b"a=\xc3\xa9", ["cookie-value@2", "US-ASCII@2", "set-cookie-string@2"]),
    (b"\xc3\xa9=1", ["cookie-name@0", "US-ASCII@0", "set-cookie-string@0"]),
    (b"a=1\x00", ["cookie-value@3", "US-ASCII@3", "set-cookie-string@3"]),
    (b"a=1\t2", ["cookie-value@3", "US-ASCII@3", "set-cookie-string@3"]),
    (b"a=1\x7f", ["cookie-value@3", "US-ASCII@3", "set-cookie-string@3"]),
    (b"a=1; x=\r\nb: c", ["US-ASCII@7", "set-cookie-string@7"]),
    (b"a=1; \x80", ["US-ASCII@5", "set-cookie-string@5"]),
    # CS-020, CK-015
    (b"a=1; Path=/" + b"x" * 1024, ["attribute length@10?"]),
    (b"a=" + b"x" * 4096, ["name and value length@2?"]),
]


@pytest.mark.parametrize("value", CONFORMING)
def test_a_conforming_value_breaks_nothing(value: bytes) -> None:
    assert read(value, NOW).breaches == ()


@pytest.mark.parametrize(("value", "expected"), BREAKING)
def test_a_hard_value_shows_exactly_its_breaches(value: bytes, expected: list[str]) -> None:
    assert sorted(shown(breach) for breach in read(value, NOW).breaches) == sorted(expected)


def test_the_parts_are_what_a_user_agent_would_split() -> None:
    cookie = read(b'io = "a=b" ; Path=/x=y;secure; Max-Age=5; max-age=6;SAMESITE = lax ')
    assert (cookie.name, cookie.value, cookie.path) == ("io", '"a=b"', "/x=y")
    assert (cookie.max_age, cookie.same_site, cookie.secure, cookie.http_only) == (6, "lax", True, False)


def test_an_attribute_has_its_position() -> None:
    path = read(b"io=1;  Path= /x").attribute("PATH")
    assert path is not None
    assert (path.octets, path.offset, path.start, path.value_start) == (b"  Path= /x", 5, 7, 13)


def test_every_attribute_of_a_name_can_be_had_in_order() -> None:
    cookie = read(b"a=1; Path=/1; Secure; path=/2")
    assert [attribute.value for attribute in cookie.attributes_named("Path")] == ["/1", "/2"]


def test_an_absent_attribute_is_none() -> None:
    cookie = read(b"a=1; Path; Secure=0")
    assert (cookie.domain, cookie.path, cookie.max_age, cookie.expires) == (None, None, None, None)
    assert (cookie.has("path"), cookie.has("domain")) == (True, False)


def test_expires_is_the_moment_a_user_agent_takes_it_for() -> None:
    assert read(b"a=1; Expires=Tuesday, 01-Dec-26 00:00:00 GMT").expires == datetime(2026, 12, 1, tzinfo=UTC)


def test_breaches_can_be_asked_for_by_rule_and_by_lint() -> None:
    cookie = read(b"a=1;Path=x;Max-Age=0")
    assert [breach.octet for breach in cookie.breaches_of(grammar.PATH)] == [9]
    assert [breach.rule for breach in cookie.breaches_of(lint=False)] == [grammar.PATH]
    assert len(cookie.breaches_of(grammar.SEPARATOR, grammar.MAX_AGE, lint=True)) == 3


def test_a_lifetime_is_not_measured_without_a_clock() -> None:
    assert read(b"a=1; Expires=Sat, 01 Jan 2028 00:00:00 GMT").breaches == ()


def test_max_age_hides_a_far_expires() -> None:
    assert read(b"a=1; Max-Age=1; Expires=Sat, 01 Jan 2028 00:00:00 GMT", NOW).breaches == ()


def test_a_hostile_value_fills_no_report() -> None:
    assert all(len(breach.sentence) < 250 for breach in read(b"a=1; Domain=" + b"_" * 9999).breaches)


def test_a_value_of_many_attributes_is_read_in_linear_time() -> None:
    assert len(read(b"a=1" + b"; Secure" * 3000 + b";").breaches_of(grammar.SEPARATOR)) == 1


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("abc_-9", "abc_-9"),
        ("a%2Fb%2fc", "a/b/c"),
        ("%61%62", "ab"),
        ("100%", "100%"),
        ("%zz%4", "%zz%4"),
        ("%C3%A9", "é"),
        ("Ã©", "é"),
        ("%FF", "\ufffd"),
        ('"a"', '"a"'),
        ("a+b", "a+b"),
    ],
)
def test_a_value_is_percent_decoded_for_comparison(value: str, plain: str) -> None:
    assert unquote(value) == plain


@pytest.mark.parametrize(
    ("value", "pairs"),
    [
        (b"a=1,b=2", ("b=2",)),
        (b"a=1, b=2; Path=/", ("b=2",)),
        (b"a=1,b=2,c=3", ("b=2", "c=3")),
        (b"a=1; Path=/,b=2; Path=/", ("b=2",)),
        (b"uid=1234; SameSite=Strict,x=1", ("x=1",)),
        (b"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT,b=2", ("b=2",)),
        (b"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT, b=2; Expires=Fri, 02 Jan 1970 00:00:00 GMT", ("b=2",)),
        (b'a="x,y=z",b="p,q=r"', ('b="p,q=r"',)),
        (b"a=1; Path=/c,d=e", ("d=e",)),
        (b"a=1,b=", ("b=",)),
    ],
)
def test_pairs_folded_by_a_comma_are_found(value: bytes, pairs: tuple[str, ...]) -> None:
    assert folded_pairs(value) == pairs


@pytest.mark.parametrize(
    "value",
    [
        b"a=1",
        b"a=1,b",
        b"a=1; Path=/a,b",
        b"a=1; Path=/a,b/c=d",
        b"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        b"a=1; Expires=Thursday, 01-Jan-70 00:00:00 GMT; Path=/",
        b"a=1; EXPIRES=thu, 01 jan 1970 00:00:00 gmt; x=y",
        b'a="x,b=2"',
        b'a=1; Comment="x, b=2"',
        b'a={"x":1,"y":"z=1"}',
        b"a=1,2,3",
        b"a=1,=2",
        b"a=1; Path=/,; b=2",
    ],
)
def test_a_comma_that_folds_nothing_is_no_alarm(value: bytes) -> None:
    assert folded_pairs(value) == ()
