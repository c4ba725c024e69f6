"""The cookies that hooks set, and the client's cookies on their way to hooks and application."""

from __future__ import annotations

import pytest

from eiospec.cookies.grammar import read
from eiospec.errors import Blocked, NotApplicable, Remarks
from eiospec.observations.answer import Answers
from eiospec.observations.application import HandshakeCookie
from eiospec.observations.cookie_stores import StoreSession
from eiospec.observations.hooked import Hooked
from eiospec.observations.setting import COOKIES, VERBATIM, served
from eiospec.requirements import INFO, MUST, SHOULD, Capability, requirement
from eiospec.sources import COOKIE_HOWTO, RFC6265BIS, SERVER_API
from eiospec.target.hooks import EVERY as HEADERS_HOOK
from eiospec.target.hooks import INITIAL as INITIAL_HOOK
from eiospec.target.hooks import HookField, HookSet

INITIAL = Capability.INITIAL_HEADERS
HEADERS = Capability.HEADERS


@requirement(
    "PR-011",
    MUST,
    "A hook's cookie without Path gets the default-path of the engine URL and so comes back on engine requests.",
    source=RFC6265BIS.at("§5.1.4"),
    needs=INITIAL,
)
def test_hook_cookie_comes_back(store_session: StoreSession, hook_set: HookSet) -> None:
    names = [cookie.cookie for cookie in hook_set.cookies(INITIAL_HOOK) if comes_back(cookie)]
    if not names:
        raise NotApplicable(
            "no cookie of initial_headers is declared without Path and for the age of a session"
        )
    first = store_session.answers[0]
    for name in names:
        if not first.cookies_named(name):
            raise Blocked("the hook's cookie is not even on the handshake (HI-002)")
    for name in names:
        without = [
            number
            for number, sent in enumerate(store_session.sent[1:], 2)
            if name not in (pair.partition("=")[0] for pair in sent.split("; "))
        ]
        assert without == [], f"requests without {name}: {without}"


def comes_back(cookie: HookField) -> bool:
    """Return whether a cookie is declared to come back on every request of the engine, by default-path alone."""
    read_as = read(cookie.value.encode("latin-1"))
    attributes = {attribute.name.lower() for attribute in read_as.attributes}
    return not attributes & {"path", "domain", "secure", "max-age", "expires"}


@requirement(
    "PR-012",
    MUST,
    "With a cookie store, randomId is set once and never again in the session, the upgrade included.",
    source=COOKIE_HOWTO.at("headers"),
    needs=(HEADERS, Capability.UPGRADE),
)
def test_propagation_converges(store_session: StoreSession, hook_set: HookSet) -> None:
    """The same of any cookie that is declared to be set unless it is returned."""
    names = [cookie.cookie for cookie in hook_set.cookies(HEADERS_HOOK) if cookie.unless == cookie.cookie]
    if not names:
        raise NotApplicable("no cookie of headers is declared to be set unless it is returned")
    assert len(store_session.answers) == 6, (
        f"the session ended after {len(store_session.answers)} of 6 requests"
    )
    if not any(store_session.sent):
        raise Blocked("no cookie was set that a later request could have returned")
    for name in names:
        setting = [answer.exchange.label for answer in store_session.answers if answer.cookies_named(name)]
        assert len(setting) == 1, f"{name} was set on: {', '.join(setting) or 'no response'}"


@requirement(
    "PR-013",
    MUST,
    "The application sees the cookies of the session's first request as handshake cookies, whatever later requests send.",
    source=SERVER_API.at("socket.handshake"),
    needs=Capability.APPLICATION,
)
@pytest.mark.parametrize("where", ["on polling", "after the upgrade", "on a WebSocket-only session"])
def test_handshake_cookies(handshake_cookie: HandshakeCookie, where: str) -> None:
    assert handshake_cookie[where] == "first=1"


@requirement(
    "PR-014",
    SHOULD,
    "Cookies arrive unmodified: the field the application sees is byte for byte the one sent.",
    source=RFC6265BIS.at("§4.2.2"),
    needs=HEADERS,
)
@pytest.mark.parametrize("case", ["handshake", "POST", "poll", "upgrade", "websocket"])
def test_cookies_arrive_verbatim(howto_of_the_contract: Answers, case: str) -> None:
    answer = served(howto_of_the_contract[f"{case}, verbatim"])
    if not answer.headers.values("x-every"):
        raise Blocked(f"the hook's header is not on the {case} (HH-001 to HH-005)")
    assert answer.headers.values("x-seen-cookie") == (VERBATIM.encode(),)


@requirement(
    "PR-021",
    INFO,
    "Whether hooks set cookies on a 101, which user agents may ignore, is recorded.",
    source=RFC6265BIS.at("§5.3"),
    needs=(HEADERS, Capability.WEBSOCKET),
)
def test_cookies_on_101(howto: Hooked, remarks: Remarks) -> None:
    names = [cookie.name for cookie in howto["websocket, some"].set_cookies]
    remarks.note(f"on a WebSocket-only 101: {', '.join(names) or 'none'}")


@requirement(
    "PR-024",
    MUST,
    "Cookies of the first request of a WebSocket-only session are visible to the hooks.",
    source=COOKIE_HOWTO.at("including the WebSocket upgrade"),
    needs=(HEADERS, Capability.WEBSOCKET),
)
@pytest.mark.parametrize("case", ["some", "random"])
def test_websocket_cookies_are_seen(howto_of_the_contract: Answers, case: str) -> None:
    ((_, sent),) = COOKIES[case]
    assert howto_of_the_contract[f"websocket, {case}"].headers.values("x-seen-cookie") == (sent.encode(),)
