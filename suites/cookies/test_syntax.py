"""The syntax of every Set-Cookie of every response, by the grammar for servers (RFC 6265bis §4.1.1).

Ordinary responses and answers to upgrades are judged separately, because servers often write them with different
code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from eiospec.cookies import grammar
from eiospec.errors import LesserShortfall, NotApplicable, Remarks
from eiospec.observations.cookies import Line, Responses, SetCookies
from eiospec.requirements import INFO, MUST, SHOULD, requirement
from eiospec.sources import RFC6265, RFC6265BIS, RFC9110, RFC9111

GRAMMAR = RFC6265BIS.at("§4.1.1")
MOST_COOKIES = 50


def lesser(set_cookies: SetCookies, rule: str, expected: str) -> None:
    """Raise LesserShortfall for what the sources discourage but do not forbid."""
    found = set_cookies.breaking(rule, lint=True)
    if found:
        raise LesserShortfall(expected, "; ".join(found))


def only_if_any(set_cookies: SetCookies, *attributes: str) -> None:
    """Raise NotApplicable when no cookie has any of these attributes."""
    if not any(line.cookie.has(name) for line in set_cookies.lines for name in attributes):
        raise NotApplicable(f"no cookie has {' or '.join(attributes)}")


# fmt: off
# The name of the check, its requirement, the rule of the grammar, and the attributes without which it is not applicable.
RULES = (
    ("cookie_name",
     requirement("CS-002", MUST, "The cookie-name is a non-empty token.", source=GRAMMAR, since_6265bis=True),
     grammar.COOKIE_NAME, ()),
    ("cookie_value",
     requirement("CS-003", MUST, "The cookie-value is cookie-octets, optionally inside one pair of double quotes.",
                 source=GRAMMAR, since_6265bis=True),
     grammar.COOKIE_VALUE, ()),
    ("attributes_occur_once",
     requirement("CS-005", MUST, "No attribute name occurs twice in one Set-Cookie.",
                 source=GRAMMAR, since_6265bis=True),
     grammar.DUPLICATE_ATTRIBUTE, ()),
    ("expires_form",
     requirement("CS-008", MUST, "Expires is an IMF-fixdate.", source=RFC6265BIS.at("§4.1.1, sane-cookie-date")),
     grammar.EXPIRES, ("Expires",)),
    ("expires_day",
     requirement("CS-009", MUST, "The date of Expires exists, and its day name is the true weekday.",
                 source=RFC9110.at("§5.6.7")),
     grammar.EXPIRES_DAY, ("Expires",)),
    ("max_age",
     requirement("CS-010", MUST, "Max-Age is one or more digits.", source=GRAMMAR, since_6265bis=True),
     grammar.MAX_AGE, ("Max-Age",)),
    ("path",
     requirement("CS-013", SHOULD, "Path, if present, begins with a slash and has no control characters.",
                 source=RFC6265BIS.at("§4.1.1, §5.6.4")),
     grammar.PATH, ("Path",)),
    ("same_site",
     requirement("CS-014", MUST, "SameSite is Strict, Lax or None.", source=GRAMMAR, since_6265bis=True),
     grammar.SAME_SITE, ("SameSite",)),
    ("flags",
     requirement("CS-015", SHOULD, "Secure, HttpOnly and Partitioned carry no value.", source=GRAMMAR),
     grammar.FLAG, ("Secure", "HttpOnly", "Partitioned")),
    ("ascii",
     requirement("CS-016", MUST, "A Set-Cookie field value is ASCII without control characters.",
                 source=RFC6265BIS.at("§4.1.1, §5.6 step 1")),
     grammar.US_ASCII, ()),
)
# fmt: on


def follows(rule: str, attributes: tuple[str, ...]) -> Callable[[SetCookies], None]:
    """Make a check of a rule."""

    def check(set_cookies: SetCookies) -> None:
        if attributes:
            only_if_any(set_cookies, *attributes)
        assert set_cookies.breaking(rule) == []

    return check


globals().update({f"test_{name}": required(follows(rule, only)) for name, required, rule, only in RULES})


@requirement(
    "CS-001",
    MUST,
    "Every Set-Cookie field value matches the server grammar set-cookie-string.",
    source=GRAMMAR,
    since_6265bis=True,
)
def test_set_cookie_string(set_cookies: SetCookies, remarks: Remarks) -> None:
    assert set_cookies.breaking(grammar.SET_COOKIE_STRING) == []
    for lint in set_cookies.breaking(lint=True):
        remarks.note(lint)


@requirement(
    "CS-004",
    MUST,
    "Attributes are separated by a semicolon; none is empty or padded, and nothing follows the last.",
    source=GRAMMAR,
    since_6265bis=True,
)
def test_separators(set_cookies: SetCookies) -> None:
    """RFC 6265 requires one space after the semicolon, RFC 6265bis optional white space, which a sender SHOULD write
    as one space (RFC 9110 §5.6.3): anything else counts as a SHOULD."""
    assert set_cookies.breaking(grammar.SEPARATOR) == []
    lesser(set_cookies, grammar.SEPARATOR, "one space behind each semicolon")


@requirement(
    "CS-006",
    MUST,
    "No two Set-Cookie fields of one response have the same cookie-name.",
    source=GRAMMAR,
    since_6265bis=True,
)
def test_names_occur_once_a_response(set_cookies: SetCookies) -> None:
    names = Counter((line.exchange.id, line.cookie.name) for line in set_cookies.lines)
    assert set_cookies.where(lambda line: names[line.exchange.id, line.cookie.name] > 1, "set twice") == []


@requirement(
    "CS-007",
    SHOULD,
    "Several cookies are sent as several field lines, never folded into one by commas.",
    source=RFC6265.at("§3"),
)
def test_cookies_are_not_folded(set_cookies: SetCookies) -> None:
    assert set_cookies.where(lambda line: bool(grammar.folded_pairs(line.cookie.octets)), "folded") == []


@requirement(
    "CS-011",
    INFO,
    "Lifetimes beyond 400 days, which user agents shorten, are recorded.",
    source=RFC6265BIS.at("§5.5"),
)
def test_lifetime(set_cookies: SetCookies, remarks: Remarks) -> None:
    only_if_any(set_cookies, "Expires", "Max-Age")
    for sentence in set_cookies.breaking(grammar.LIFETIME, lint=True):
        remarks.note(sentence)


@requirement(
    "CS-012",
    MUST,
    "Domain is a valid subdomain: letters, digits, hyphens and dots.",
    source=GRAMMAR,
)
def test_domain(set_cookies: SetCookies) -> None:
    """A leading dot "is not permitted", but ignored: it counts as a SHOULD."""
    only_if_any(set_cookies, "Domain")
    assert set_cookies.breaking(grammar.DOMAIN) == []
    lesser(set_cookies, grammar.DOMAIN, "no leading dot")


@requirement("CS-017", MUST, "Set-Cookie is not sent as a trailer field.", source=RFC9110.at("§6.5.1"))
@pytest.mark.usefixtures("working")
def test_no_trailer(responses: Responses) -> None:
    found = [
        responses.finding(exchange, "a Set-Cookie trailer")
        for exchange in responses.exchanges
        if exchange.response and exchange.response.trailers.values("set-cookie")
    ]
    assert found == []


@requirement(
    "CS-018",
    SHOULD,
    "No response has a Set-Cookie2 or Cookie field.",
    source=RFC6265.at("§9.3, §9.4"),
)
@pytest.mark.usefixtures("working")
def test_no_strange_fields(responses: Responses) -> None:
    found = [
        responses.finding(exchange, name)
        for exchange in responses.exchanges
        for name in ("Set-Cookie2", "Cookie")
        if exchange.response and exchange.response.headers.values(name)
    ]
    assert found == []


@requirement(
    "CS-019",
    SHOULD,
    "A 200 that sets a cookie has Cache-Control: no-store or private.",
    source=RFC9111.at("§7.3"),
)
def test_not_for_shared_caches(set_cookies: SetCookies) -> None:
    if not any(map(_on_a_200, set_cookies.lines)):
        raise NotApplicable("no 200 sets a cookie")
    assert set_cookies.where(_left_to_caches, "neither no-store nor private beside") == []


def _on_a_200(line: Line) -> bool:
    return line.exchange.response is not None and line.exchange.response.status == 200


def _left_to_caches(line: Line) -> bool:
    response = line.exchange.response
    directives = response.headers.members("cache-control") if response else ()
    return _on_a_200(line) and not {"no-store", "private"} & set(directives)


@requirement(
    "CS-020",
    INFO,
    "More than 50 cookies on a response, and attribute values beyond 1024 octets, are recorded.",
    source=RFC6265BIS.at("§5.6 step 6, §6.1"),
)
def test_few_and_small(set_cookies: SetCookies, remarks: Remarks) -> None:
    for sentence in set_cookies.breaking(grammar.ATTRIBUTE_LENGTH, lint=True):
        remarks.note(sentence)
    most = max(Counter(line.exchange.id for line in set_cookies.lines).values())
    remarks.note(
        f"at most {most} cookies on a response{', more than user agents must keep' if most > MOST_COOKIES else ''}"
    )


@requirement(
    "CS-021",
    INFO,
    "How the target spells the field name is recorded; every spelling counts.",
    source=RFC9110.at("§5.1"),
)
def test_spellings(set_cookies: SetCookies, remarks: Remarks) -> None:
    spellings = {
        line.name.decode("latin-1")
        for one in set_cookies.lines
        if one.exchange.response
        for line in one.exchange.response.headers
        if line.name.lower() == b"set-cookie"
    }
    remarks.note(f"spelt {', '.join(sorted(spellings))}")
