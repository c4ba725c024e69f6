"""A user agent that keeps and returns every cookie: a session on both transports, another, and a WebSocket-only one."""

from __future__ import annotations

from datetime import UTC, datetime

from eiospec.cookies.grammar import read
from eiospec.cookies.store import Fate, Outcome, Store
from eiospec.observations.answer import Answer, Answers
from eiospec.observations.handshake import Handshake
from eiospec.observations.stimulus import answers_stimulus, stimulus
from eiospec.observations.user_agent import (
    AGAIN,
    ALONE,
    HANDSHAKE,
    PATH,
    POLLS,
    POSTS,
    UPGRADE,
    Unreturned,
    UserAgentJourney,
)
from eiospec.probes.probe import Nodes, Stage, polling, probe, streaming
from eiospec.probes.upgrade import takes_probe
from eiospec.wire.dialer import Fields
from eiospec.wire.exchange import Exchange

FIRST_STIMULUS = 61
NOT_REQUESTED = "“{label}” was never requested: there was no session, or a request of it was not answered"
# Values that frameworks give a cookie that they delete.
DELETED = frozenset({"", '""', "deleted"})


class _Browser:
    """A cookie store between the stage and the target; it stores what a 101 sets as well, as browsers do."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.store = stage, Store()
        self.seen: dict[str, Answer] = {}
        self.unreturned: dict[tuple[str, str], Unreturned] = {}
        self.reached: set[str] = set()
        self.sids: set[str] = set()

    def fields(self) -> Fields:
        """Return the Cookie field of the next request: all requests of the engine have one path."""
        url = self.stage.dialer.url(self.stage.at(polling()))
        cookie = self.store.cookie_header(url, datetime.now(UTC))
        return [("Cookie", cookie)] if cookie else []

    def receive(self, label: str, exchange: Exchange) -> None:
        """Keep the answer and store its cookies."""
        self.seen[label] = Answer(exchange)
        if exchange.response is None:
            return
        now = datetime.now(UTC)
        values = exchange.response.headers.values("set-cookie")
        for outcome in self.store.receive(values, exchange.url, now):
            why = self._why_unreturned(outcome, exchange.url, now)
            if why:
                line = read(outcome.octets)
                self.unreturned.setdefault(
                    (line.name, why),
                    Unreturned(
                        line.name,
                        why,
                        exchange,
                        refused=outcome.fate is Fate.IGNORED,
                        deletes=outcome.fate is Fate.EXPIRED and line.value in DELETED,
                    ),
                )

    def _why_unreturned(self, outcome: Outcome, url: str, now: datetime) -> str:
        if outcome.fate is Fate.EXPIRED:
            return "it had expired when it was set"
        if not outcome.stored:
            return f"{outcome.reason} ({outcome.step})"
        cookie = outcome.cookie
        matching = (one.identity for one in self.store.matching(url, now))
        if cookie is not None and cookie.identity not in matching:
            return f"{PATH}: {cookie.path}"
        return ""

    async def handshake(self, label: str) -> str | None:
        """Open a session over long-polling."""
        opened = Handshake("polling", await self.stage.get(label, polling(), self.fields()))
        self.receive(label, opened.exchange)
        sid = opened.sid_or_none
        if sid is not None and sid not in self.sids:
            self.reached.add(label)
            self.sids.add(sid)
        return sid

    async def message(self, turn: int, sid: str) -> bool:
        """Send a message in a POST, then poll; return False when the poll would be, or was, left open."""
        number, query = FIRST_STIMULUS + turn, polling(sid)
        posted = await self.stage.post(POSTS[turn], query, stimulus(number).encode(), self.fields())
        self.receive(POSTS[turn], posted)
        if posted.response is None or posted.response.status != 200:
            return False
        polled = await self.stage.get(POLLS[turn], query, self.fields())
        self.receive(POLLS[turn], polled)
        if polled.response is not None and _delivers(polled.response.body, number):
            self.reached.add(POLLS[turn])
        return polled.response is not None

    async def upgrade(self, sid: str) -> None:
        """Upgrade the session and send a message over the WebSocket."""
        socket = await self.stage.websocket(UPGRADE, streaming(sid), self.fields())
        if isinstance(socket, Exchange):
            self.receive(UPGRADE, socket)
            return
        if socket.accepted and await takes_probe(self.stage, socket):
            self.reached.add(UPGRADE)
            number = FIRST_STIMULUS + len(POSTS)
            await socket.send("5", stimulus(number))
            await socket.until_text(lambda text: answers_stimulus(text, number), self.stage.bounds.patience)
        self.receive(UPGRADE, await socket.finish())

    async def alone(self) -> None:
        """Open a WebSocket-only session."""
        socket = await self.stage.websocket(ALONE, streaming(), self.fields())
        if not isinstance(socket, Exchange):
            if socket.accepted:
                await socket.until(lambda it: bool(it.texts()), self.stage.bounds.patience)
            socket = await socket.finish()
        if Handshake("websocket", socket).sid_or_none is not None:
            self.reached.add(ALONE)
        self.receive(ALONE, socket)


def _delivers(body: bytes, number: int) -> bool:
    return any(answers_stimulus(packet, number) for packet in body.decode("utf-8", "replace").split("\x1e"))


@probe("a user agent", connections=1, rounds=12, nodes=Nodes.ANY)
async def user_agent(stage: Stage) -> UserAgentJourney:
    """One cookie store for a session over long-polling that is upgraded, another session, and a WebSocket-only one."""
    browser = _Browser(stage)
    sid = await browser.handshake(HANDSHAKE)
    if sid is not None:
        for turn in range(len(POSTS)):
            if not await browser.message(turn, sid):
                # A server may close a session whose poll we gave up.
                await stage.post("close the session", polling(sid), b"1", browser.fields())
                sid = await browser.handshake("handshake of a session to upgrade")
                break
    if sid is not None:
        await browser.upgrade(sid)
        if UPGRADE not in browser.reached:
            await stage.post("close the session", polling(sid), b"1", browser.fields())
    another = await browser.handshake(AGAIN)
    if another is not None:
        await stage.post("close the other session", polling(another), b"1", browser.fields())
    await browser.alone()
    return UserAgentJourney(
        Answers(browser.seen, NOT_REQUESTED), tuple(browser.unreturned.values()), frozenset(browser.reached)
    )
