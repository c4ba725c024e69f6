"""Cookies on polls and POSTs: the sid parameter identifies the session, not the Cookie field."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from eiospec.errors import Blocked, Remarks
from eiospec.observations.answer import describe
from eiospec.observations.fixation import Fixation
from eiospec.observations.handshakes import Handshakes, WebSocketHandshakes
from eiospec.observations.stimulus import answers_stimulus
from eiospec.observations.tour import Tour
from eiospec.observations.upgrading import Upgrade
from eiospec.requirements import INFO, MUST, SHOULD, Capability, requirement
from eiospec.sources import COOKIE_HOWTO, EIO4, ENGINE_IO, RFC6265, RFC6265BIS, RFC9110

NEEDS = (Capability.POLLING, Capability.STIMULUS)
WITH_COOKIE = (*NEEDS, Capability.SESSION_COOKIE)
FOREIGN = "only foreign cookies"
ANOTHER = ("another live session's cookie on the POST", "another live session's cookie on the poll")


def served(tour: Tour, *stops: str) -> list[str]:
    """Return what went wrong at these stops: a POST or poll that was not 200, a missing answer."""
    return [f"{stop}: {wrong}" for stop in stops if (wrong := wrong_at(tour, stop))]


def wrong_at(tour: Tour, stop: str) -> str:
    """Return the first thing that went wrong at a stop; empty when nothing did."""
    for kind, answer in (("POST", tour.post(stop)), ("poll", tour.poll(stop))):
        if answer.exchange.response is None or answer.status != 200:
            return f"the {kind} was answered {describe(answer.exchange)}"
    return "" if stop in tour.answered else "the message posted was not answered"


def granted(tour: Tour, *stops: str) -> None:
    """Raise Blocked unless these stops worked: otherwise the Cookie field judged here is not the reason."""
    if wrong := served(tour, *stops):
        raise Blocked("; ".join(wrong))


@pytest.fixture
def refused(
    tour: Tour,
    available: str,
    handshakes: Handshakes,
    websocket_handshakes: WebSocketHandshakes,
    upgrade: Upgrade,
    bare_upgrade: Upgrade,
) -> Callable[[str], list[str]]:
    """What an odd Cookie field was refused over the transport: on polling its stops, and on the handshake and the
    upgrade what works with an ordinary Cookie, or for foreign cookies with none."""

    def journey_of(name: str) -> list[str]:
        journey = tour.journey(name)
        handshake, like = {
            ("polling", True): (journey.handshake, handshakes.first),
            ("polling", False): (journey.handshake, handshakes.third),
            ("websocket", True): (journey.streamed, websocket_handshakes.plain),
            ("websocket", False): (journey.streamed, websocket_handshakes.with_cookie),
        }[available, name == FOREIGN]
        wrong = []
        if handshake.sid_or_none is None and like.sid_or_none is not None:
            wrong.append(f"{name}: the handshake was answered {describe(handshake.exchange)}")
        upgraded = (bare_upgrade if name == FOREIGN else upgrade).probed and available == "websocket"
        if upgraded and journey.upgrade is not None and not journey.upgrade.probed:
            wrong.append(f"{name}: the upgrade was answered {describe(journey.upgrade.socket)}, no 3probe")
        return wrong

    return journey_of


ON_EACH_TRANSPORT = pytest.mark.parametrize("transport", ["polling", "websocket"])
Refused = Callable[[str], list[str]]


@requirement(
    "PR-001",
    MUST,
    "A session works without any Cookie field: the sid parameter alone identifies it.",
    source=EIO4.at("Query parameters; Handshake"),
    needs=Capability.POLLING,
)
def test_without_cookie(tour: Tour) -> None:
    """A message that is not answered is a finding only if a Cookie makes the difference; some engines answer none."""
    if not tour.answered & {"no Cookie", "own cookie"}:
        unless_refused(tour, "it fails with a Cookie, too: HS-018, PR-019")
        return
    assert served(tour, "no Cookie", *(["no Cookie again"] if "no Cookie" in tour.answered else [])) == []


def unless_refused(tour: Tour, reason: str) -> None:
    """Raise Blocked when the first POST or poll of the session failed: the POST must be answered, and the poll must
    have a packet unless it is left open."""
    post, poll = tour.post("no Cookie"), tour.poll("no Cookie")
    for answer in (post,) if poll.exchange.response is None and not poll.closed_by_target else (post, poll):
        if answer.exchange.response is None or answer.status != 200 or not answer.body:
            raise Blocked(f"a request of the session was answered {describe(answer.exchange)}; {reason}")
        if answer.opens_a_session:
            raise Blocked("a request of the session was answered with another open packet (HS-025)")


@requirement(
    "PR-002",
    MUST,
    "Requests that return the session cookie are accepted.",
    source=COOKIE_HOWTO.at("cookie-based sticky session"),
    needs=WITH_COOKIE,
)
def test_with_own_cookie(tour: Tour) -> None:
    assert served(tour, "own cookie") == []


@requirement(
    "PR-003",
    SHOULD,
    "Unknown cookies are ignored by the protocol layer.",
    source=RFC6265.at("§4.2.2"),
    needs=NEEDS,
)
@ON_EACH_TRANSPORT
def test_with_foreign_cookies(tour: Tour, available: str, refused: Refused) -> None:
    assert (served(tour, FOREIGN) if available == "polling" else []) + refused(FOREIGN) == []
    works_with_own_cookie(tour)


def works_with_own_cookie(tour: Tour) -> None:
    """Assert that foreign cookies work with the session's own, if that alone is accepted (PR-002)."""
    assert served(tour, *(["foreign cookies"] if "own cookie" in tour.answered else [])) == []


@requirement(
    "PR-004",
    SHOULD,
    "A session cookie that disagrees with the sid parameter does not matter: the parameter decides.",
    source=ENGINE_IO,
    needs=WITH_COOKIE,
)
def test_parameter_decides(tour: Tour) -> None:
    granted(tour, "own cookie", "no Cookie again")
    assert served(tour, *ANOTHER, "garbage as cookie", "nothing as cookie") == []
    assert tour.strayed is False, (
        "the session of the cookie was given an answer that belongs to the session of sid"
    )


@requirement(
    "PR-005",
    MUST,
    "The cookie alone does not resume a session: without sid a GET is a new handshake and a POST is refused.",
    source=EIO4.at("Query parameters; Handshake"),
    needs=(Capability.POLLING, Capability.SESSION_COOKIE),
)
@pytest.mark.usefixtures("session_cookie_name")
@ON_EACH_TRANSPORT
def test_cookie_alone_resumes_nothing(
    fixation: Fixation, websocket_handshakes: WebSocketHandshakes, available: str
) -> None:
    opens_without(fixation, websocket_handshakes, available)
    before = fixation["POST to the live session before"]
    if before.exchange.response is None or before.status != 200:
        raise Blocked("the session was not served in the first place (HS-018, PR-001)")
    handshake = fixation.handshake(available, "borrowed")
    assert handshake.sid_or_none is not None, f"no new session: answered {describe(handshake.exchange)}"
    assert handshake.sid_or_none != fixation.live_sid
    assert fixation["POST without sid"].status >= 400
    assert fixation["POST to the live session"].status == 200
    polled = fixation["poll of the live session"]
    delivered = polled.packets if polled.exchange.response else ()
    assert [packet for packet in delivered if answers_stimulus(packet, 61)] == []


def opens_without(fixation: Fixation, websocket_handshakes: WebSocketHandshakes, transport: str) -> None:
    """Raise Blocked when a handshake over that transport opens no session even without a cookie."""
    opened = fixation.live_sid if transport == "polling" else websocket_handshakes.plain.sid_or_none
    if opened is None:
        raise Blocked("a handshake without cookie opens no session either (HS-001, HS-004, HS-014)")


@requirement(
    "PR-006",
    SHOULD,
    "A stale session cookie does not prevent a new handshake.",
    source=ENGINE_IO,
    needs=Capability.POLLING,
)
@ON_EACH_TRANSPORT
@pytest.mark.parametrize("case", ["stale", "chosen", "quoted", "empty"])
def test_stale_cookie(
    fixation: Fixation, websocket_handshakes: WebSocketHandshakes, available: str, case: str
) -> None:
    opens_without(fixation, websocket_handshakes, available)
    handshake = fixation.handshake(available, case)
    assert handshake.sid_or_none is not None, f"answered {describe(handshake.exchange)}"


@requirement(
    "PR-015",
    MUST,
    "Several Cookie field lines are tolerated.",
    source=RFC6265BIS.at("§4.2.1"),
    needs=NEEDS,
)
@ON_EACH_TRANSPORT
def test_several_cookie_lines(tour: Tour, available: str, refused: Refused) -> None:
    granted(tour, "own cookie", "foreign cookies")
    stops = ("two Cookie lines", "two Cookie lines, own first") if available == "polling" else ()
    assert served(tour, *stops) + refused("two Cookie lines") == []


@requirement(
    "PR-016",
    SHOULD,
    "Neither the order of cookies nor a repeated name matters.",
    source=RFC6265BIS.at("§4.2.2"),
    needs=WITH_COOKIE,
)
@ON_EACH_TRANSPORT
def test_order_and_duplicates(tour: Tour, available: str, refused: Refused) -> None:
    """Different values for one name count only if a wrong value alone does no harm (PR-004)."""
    granted(tour, "own cookie", "foreign cookies")
    stops = ["cookie first", "cookie in the middle", "cookie twice"] if available == "polling" else []
    if stops and "garbage as cookie" in tour.answered:
        stops += ["cookie twice, own last", "cookie twice, own first"]
    assert served(tour, *stops) + refused("cookie twice") == []


@requirement(
    "PR-017",
    MUST,
    "The field name Cookie is matched in any letter case.",
    source=RFC9110.at("§5.1"),
    needs=NEEDS,
)
@ON_EACH_TRANSPORT
def test_spelling_of_cookie(tour: Tour, available: str, refused: Refused) -> None:
    granted(tour, "own cookie")
    stops = ("cOOKIE", "cookie", "COOKIE") if available == "polling" else ()
    assert served(tour, *stops) + refused("cOOKIE") == []


@requirement(
    "PR-019",
    MUST,
    "Each request of a session may use a new TCP connection.",
    source=RFC9110.at("§3.3"),
    needs=Capability.POLLING,
)
def test_new_connections(tour: Tour) -> None:
    made = [answer.exchange.connection for kind in ("POST", "poll") for answer in tour.labelled(kind)]
    assert len(set(made)) == len(made), "two requests shared a connection"
    if "own cookie" in tour.answered and "no Cookie" not in tour.answered:
        raise Blocked("new connections are served, but not without a Cookie (PR-001)")
    if not tour.answered:
        unless_refused(tour, "it fails on one connection, too: HS-018")
    assert tour.answered != {"same connection"}, (
        f"on one connection all is well; {wrong_at(tour, 'no Cookie')}"
    )


@requirement(
    "PR-020",
    INFO,
    "Whether a session continues when other header fields change is recorded.",
    source=ENGINE_IO,
    needs=NEEDS,
)
def test_other_fields_change(tour: Tour, remarks: Remarks) -> None:
    remarks.note("; ".join(served(tour, "another User-Agent")) or "the session goes on")


@requirement(
    "PR-023",
    SHOULD,
    "A session cookie returned in double quotes does not break the request.",
    source=RFC6265BIS.at("§4.1.1"),
    needs=WITH_COOKIE,
)
@ON_EACH_TRANSPORT
def test_quoted_cookie(tour: Tour, available: str, refused: Refused) -> None:
    granted(tour, "own cookie")
    stops = ("quoted cookie",) if available == "polling" else ()
    assert served(tour, *stops) + refused("quoted cookie") == []
