"""Sessions of four clients, for the survey of what the target adds to its responses.

Other probes have sessions without Cookie and without Origin. These have a foreign cookie, return every cookie that was
set, have the target's own Origin, or both.
"""

from __future__ import annotations

import asyncio

from eiospec.cookies.grammar import US_ASCII, SetCookie
from eiospec.observations.survey import PLAIN_COOKIE
from eiospec.probes.hooks import Visit
from eiospec.probes.probe import Stage, polling, probe
from eiospec.wire.dialer import Fields
from eiospec.wire.exchange import Exchange

LANES = 4
# What is returned to a target that sets more.
MOST_COOKIES = 20
MOST_OCTETS = 4000


class _Client:
    """A client with fixed fields that may return cookies.

    It returns them whatever their Path, Domain, Secure and SameSite: whether a browser would is not asked here.
    """

    def __init__(self, stage: Stage, name: str, fields: Fields = (), *, returns: bool = False) -> None:
        self.visit = Visit(stage)
        self.name = name
        self._fields = fields
        self._returns = returns
        self._kept: dict[str, SetCookie] = {}

    def fields(self) -> Fields:
        """Return the fields of the next request."""
        if not self._returns:
            return self._fields
        self._keep()
        pairs, length = [], 0
        for cookie in list(self._kept.values())[:MOST_COOKIES]:
            pair = f"{cookie.name}={cookie.value}"
            length += len(pair) + 2
            if PLAIN_COOKIE.fullmatch(pair) and length <= MOST_OCTETS:
                pairs.append(pair)
        return [*self._fields, ("Cookie", "; ".join(pairs))] if pairs else self._fields

    def _keep(self) -> None:
        for answer in self.visit.seen.values():
            for cookie in answer.set_cookies if answer.exchange.response is not None else ():
                if cookie.max_age is not None and cookie.max_age <= 0:
                    self._kept.pop(cookie.name, None)
                elif not cookie.breaches_of(US_ASCII):
                    self._kept[cookie.name] = cookie

    def answered(self, label: str) -> Exchange | None:
        """Return the exchange under a label if it was answered."""
        answer = self.visit.seen.get(label)
        return answer.exchange if answer is not None and answer.exchange.response is not None else None

    async def session(self) -> None:
        """Run a session: handshake, POST, poll, upgrade."""
        visit, name = self.visit, self.name
        sid = await visit.handshake(f"handshake, {name}", self.fields())
        if sid is None:
            return
        await visit.post(f"POST, {name}", sid, self.fields())
        await visit.poll(f"poll, {name}", sid, self.fields())
        await visit.upgrade(f"upgrade, {name}", sid, self.fields())
        upgraded = self.answered(f"upgrade, {name}")
        if upgraded is None or upgraded.response is None or upgraded.response.status != 101:
            await visit.post(f"close, {name}", sid, self.fields(), b"1")

    async def return_(self) -> None:
        """Open another session with what the first has left, and close it."""
        label = f"handshake again, {self.name}"
        sid = await self.visit.handshake(label, self.fields())
        if sid is not None:
            await self.visit.post(f"close, {self.name}", sid, self.fields(), b"1")

    async def websocket(self) -> None:
        """Send an opening handshake without a session."""
        await self.visit.websocket(f"WebSocket-only handshake, {self.name}", self.fields())

    async def error(self) -> None:
        """Send a wrong request."""
        wrong = {**polling(), "transport": "abc"}
        await self.visit.request(f"error, {self.name}", "GET", wrong, self.fields())


@probe("survey", connections=LANES, rounds=14)
async def survey(stage: Stage) -> tuple[Exchange, ...]:
    """Four clients at the same time, each with a session, and with what other probes do not have in its state."""
    origin = [("Origin", stage.dialer.origin)]
    foreign = _Client(stage, "other cookies", [("Cookie", "eiospec=1")])
    returning = _Client(stage, "cookies returned", returns=True)
    page = _Client(stage, "Origin", origin)
    returning_page = _Client(stage, "Origin and cookies returned", origin, returns=True)

    async def first() -> None:
        # Other probes have a WebSocket-only handshake with foreign cookies.
        await foreign.session()
        await foreign.error()

    async def second() -> None:
        await returning.session()
        await returning.return_()
        await returning.websocket()
        await returning.error()

    async def of_a_page(client: _Client) -> None:
        # Other probes have errors with an Origin.
        await client.session()
        await client.websocket()

    await asyncio.gather(first(), second(), of_a_page(page), of_a_page(returning_page))
    clients = (foreign, returning, page, returning_page)
    return tuple(answer.exchange for client in clients for answer in client.visit.seen.values())
