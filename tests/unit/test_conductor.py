"""The conductor: probes run concurrently within the limit, wait for the probes they need, and fail separately."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError

import pytest
from dialling import dialer_to

from eiospec.errors import Blocked, Broken, NotApplicable
from eiospec.probes.conductor import Conductor
from eiospec.probes.probe import Probe, Stage
from eiospec.target.url import parse_target

CONNECTIONS = 4
LONG = 10.0


@pytest.fixture
def conductor() -> Iterator[Conductor]:
    made = Conductor(parse_target("http://127.0.0.1:1"), dialer_to(1), CONNECTIONS)
    yield made
    made.stop()


class Gauge:
    """Counts the connections that the probes have now, and the most they had at once."""

    def __init__(self) -> None:
        self.now = self.most = 0

    def probe(self, number: int, connections: int) -> Probe[int]:
        """Return a probe that has so many connections for a few turns of the loop."""

        async def hold(_: Stage) -> int:
            self.now += connections
            self.most = max(self.most, self.now)
            for _turn in range(number % 5 + 1):
                await asyncio.sleep(0)
            self.now -= connections
            return number

        return Probe(f"probe {number}", hold, connections=connections)


def says(name: str, observation: object, *needs: Probe[object]) -> Probe[object]:
    """A probe that sees this, or raises it."""

    async def hold(_: Stage) -> object:
        if isinstance(observation, BaseException):
            raise observation
        return observation

    return Probe(name, hold, needs)


def repeats(name: str, other: Probe[object]) -> Probe[object]:
    """A probe that sees what another one saw."""

    async def hold(stage: Stage) -> object:
        return stage.seen(other)

    return Probe(name, hold, (other,))


class TestBound:
    @pytest.mark.parametrize("sizes", [(1,) * 40, (1, 2, 3, 4) * 10, (4, 1) * 20, (3,) * 20])
    def test_it_is_reached_and_never_exceeded(self, conductor: Conductor, sizes: tuple[int, ...]) -> None:
        gauge = Gauge()
        conductor.wait_for([gauge.probe(number, size) for number, size in enumerate(sizes)])
        assert max(sizes) <= gauge.most <= CONNECTIONS

    def test_a_probe_that_wants_more_than_there_are_gets_all(self, conductor: Conductor) -> None:
        greedy = Gauge().probe(1, CONNECTIONS * 10)
        conductor.submit(greedy).result(LONG)
        assert conductor.observe(greedy) == 1

    def test_the_room_is_given_back_by_a_probe_that_fails(self, conductor: Conductor) -> None:
        async def fail(_: Stage) -> int:
            raise OSError("lost")

        conductor.wait_for([Probe(f"failing {number}", fail, connections=CONNECTIONS) for number in range(3)])
        conductor.submit(Gauge().probe(1, CONNECTIONS)).result(LONG)
        assert conductor.under_way() == ()


class TestRank:
    def order(self, conductor: Conductor, *sizes: int) -> list[int]:
        """Return the sizes in the order of admission after a probe that took every connection."""
        begun: list[int] = []
        waiting = asyncio.Event()

        async def hold_all(_: Stage) -> None:
            await waiting.wait()

        def enters(number: int, size: int) -> Probe[None]:
            async def hold(_: Stage) -> None:
                begun.append(size)
                await asyncio.sleep(0)

            return Probe(f"probe {number}", hold, connections=size)

        everything = Probe("everything", hold_all, connections=CONNECTIONS)
        found = [enters(number, size) for number, size in enumerate(sizes)]
        conductor.start([everything])
        conductor.start(found)
        conductor.run(lambda _: _set(waiting), "control")
        conductor.wait_for(found)
        return begun

    def test_what_asks_for_most_goes_first(self, conductor: Conductor) -> None:
        assert self.order(conductor, 1, 3, 2) == [3, 2, 1]

    def test_a_probe_does_not_overtake_the_first_in_line(self, conductor: Conductor) -> None:
        assert self.order(conductor, 1, CONNECTIONS, 1, CONNECTIONS - 1)[:2] == [CONNECTIONS, CONNECTIONS - 1]

    def test_a_probe_knows_how_many_connections_it_was_given(self, conductor: Conductor) -> None:
        async def hold(stage: Stage) -> int:
            return stage.connections

        assert conductor.observe(Probe("modest", hold, connections=2)) == 2
        assert conductor.observe(Probe("greedy", hold, connections=CONNECTIONS + 1)) == CONNECTIONS


async def _set(event: asyncio.Event) -> None:
    event.set()


class TestNeeds:
    def test_a_probe_starts_when_those_it_needs_are_done(self, conductor: Conductor) -> None:
        first = says("first", "seen")
        assert conductor.observe(repeats("second", repeats("between", first))) == "seen"

    def test_a_probe_is_held_once_however_many_need_it(self, conductor: Conductor) -> None:
        held: list[str] = []

        async def hold(stage: Stage) -> object:
            held.append(stage.name)
            return None

        shared: Probe[object] = Probe("shared", hold)
        conductor.wait_for([repeats(f"user {number}", shared) for number in range(5)])
        assert held == ["shared"]

    def test_probes_run_side_by_side(self, conductor: Conductor) -> None:
        """Each waits for the other: one after the other they would never end."""
        here, there = asyncio.Event(), asyncio.Event()

        async def one(_: Stage) -> None:
            here.set()
            await there.wait()

        async def other(_: Stage) -> None:
            there.set()
            await here.wait()

        pair = [Probe("one", one), Probe("other", other)]
        conductor.start(pair)
        assert [conductor.submit(found).result(LONG) for found in pair] == [None, None]

    def test_what_was_not_asked_for_cannot_be_seen(self, conductor: Conductor) -> None:
        stranger = says("stranger", 1)

        async def hold(stage: Stage) -> object:
            return stage.seen(stranger)

        with pytest.raises(Broken, match="the probe “curious” failed in "):
            conductor.observe(Probe("curious", hold))


class TestFailures:
    @pytest.mark.parametrize(
        "reason", [Blocked("no handshake"), Broken("no network"), NotApplicable("too slow")]
    )
    def test_a_reason_is_raised_for_every_check(self, conductor: Conductor, reason: Exception) -> None:
        with pytest.raises(type(reason), match=str(reason)):
            conductor.observe(says("reasonable", reason))

    @pytest.mark.parametrize(
        "reason", [Blocked("no handshake"), Broken("no network"), NotApplicable("too slow")]
    )
    def test_it_passes_on_to_the_probes_that_need_it(self, conductor: Conductor, reason: Exception) -> None:
        with pytest.raises(type(reason), match=str(reason)):
            conductor.observe(repeats("second", repeats("first", says("origin", reason))))

    @pytest.mark.parametrize(
        "fault", [ValueError("odd"), AssertionError("odd"), KeyError("odd"), TimeoutError("odd")]
    )
    def test_a_probe_that_raises_is_broken_and_says_where(
        self, conductor: Conductor, fault: Exception
    ) -> None:
        with pytest.raises(Broken, match=r"the probe “clumsy” failed in hold, line \d+: .*odd"):
            conductor.observe(says("clumsy", fault))

    def test_others_go_on(self, conductor: Conductor) -> None:
        conductor.start([says("clumsy", ValueError("odd"))])
        assert conductor.observe(says("careful", 1)) == 1


class TestWaiting:
    def test_running_probes_are_named(self, conductor: Conductor) -> None:
        going_on = asyncio.Event()

        async def hold(_: Stage) -> None:
            await going_on.wait()

        slow = Probe("slow", hold)
        future = conductor.submit(slow)
        assert (conductor.wait(future, 0), conductor.under_way()) == (False, ("slow",))

    def test_the_end_is_waited_for(self, conductor: Conductor) -> None:
        gauge = Gauge()
        conductor.start(gauge.probe(number, 1) for number in range(10))
        conductor.finish()
        assert (gauge.now, conductor.under_way()) == (0, ())

    def test_a_conversation_outside_the_schedule_is_held_at_once(self, conductor: Conductor) -> None:
        async def control(stage: Stage) -> str:
            return stage.name

        assert conductor.run(control, "first control") == "first control"


class TestEnding:
    """The conversation after all probes, while checks still read their observations."""

    @staticmethod
    async def last(stage: Stage) -> str:
        return stage.name

    def test_it_follows_the_probes_unasked(self, conductor: Conductor) -> None:
        going_on, held = asyncio.Event(), threading.Event()

        async def hold(_: Stage) -> None:
            await going_on.wait()

        async def last(_: Stage) -> bool:
            held.set()
            return going_on.is_set()

        conductor.start([Probe("slow", hold)])
        conductor.end_with(last, "last control")
        conductor.run(lambda _: _set(going_on), "control")
        assert held.wait(LONG)
        assert conductor.ending() is True

    def test_it_waits_for_no_probe_that_may_kill(self, conductor: Conductor) -> None:
        conductor.start([says("quiet", 1), Probe("killing", self.last, kills=True)])
        conductor.end_with(self.last, "last control")
        conductor.wait_for_all_but_killing()
        assert conductor.ending() == "last control"

    def test_it_is_too_early_while_a_probe_is_under_way(self, conductor: Conductor) -> None:
        going_on = asyncio.Event()

        async def hold(_: Stage) -> None:
            await going_on.wait()

        conductor.start([Probe("slow", hold)])
        conductor.end_with(self.last, "last control")
        assert conductor.ending() is None

    def test_a_later_probe_waits_for_its_end_and_requests_another(self, conductor: Conductor) -> None:
        going_on, begun, ended = asyncio.Event(), threading.Event(), threading.Event()

        async def last(_: Stage) -> str:
            begun.set()
            await going_on.wait()
            ended.set()
            return "over"

        async def hold(_: Stage) -> bool:
            return ended.is_set()

        conductor.wait_for([says("first", 1)])
        conductor.end_with(last, "last control")
        assert begun.wait(LONG)
        late = Probe("late", hold)
        conductor.start([late])
        conductor.run(lambda _: _set(going_on), "control")
        assert (conductor.observe(late), conductor.ending()) == (True, None)

    def test_there_is_none_unless_one_was_asked_for(self, conductor: Conductor) -> None:
        assert conductor.ending() is None


class TestStop:
    @pytest.fixture
    def stopping(self) -> Conductor:
        """A conductor that the test itself stops."""
        return Conductor(parse_target("http://127.0.0.1:1"), dialer_to(1), CONNECTIONS)

    def test_what_still_runs_is_cancelled(self, stopping: Conductor) -> None:
        begun, cancelled = threading.Event(), threading.Event()

        async def hold(_: Stage) -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()

        future = stopping.submit(Probe("endless", hold))
        assert begun.wait(LONG)
        stopping.stop()
        assert cancelled.is_set()
        with pytest.raises(CancelledError):
            future.result(LONG)

    def test_probes_that_wait_for_room_are_cancelled_too(self, stopping: Conductor) -> None:
        async def hold(_: Stage) -> None:
            await asyncio.Event().wait()

        futures = [stopping.submit(Probe(f"greedy {n}", hold, connections=CONNECTIONS)) for n in range(3)]
        stopping.stop()
        assert [future.cancelled() for future in futures] == [True] * 3

    def test_its_thread_is_gone(self, stopping: Conductor) -> None:
        stopping.observe(says("one", 1))
        stopping.stop()
        assert not stopping._thread.is_alive()


class TestGivenLoop:
    @pytest.fixture
    def given(self) -> Iterator[Conductor]:
        """A conductor on a loop that no thread runs."""
        loop = asyncio.new_event_loop()
        made = Conductor(parse_target("http://127.0.0.1:1"), dialer_to(1), CONNECTIONS, loop=loop)
        yield made
        made.stop()
        loop.close()

    def test_it_runs_while_a_result_is_waited_for(self, given: Conductor) -> None:
        one = says("one", 1)
        given.start([one])
        assert not given.has_held(one)
        assert given.observe(repeats("two", one)) == 1
        assert given.has_held(one)

    def test_its_probes_run_in_the_thread_of_the_caller(self, given: Conductor) -> None:
        async def hold(_: Stage) -> threading.Thread:
            return threading.current_thread()

        assert given.observe(Probe("where", hold)) is threading.current_thread()

    def test_the_final_conversation_follows_the_probes(self, given: Conductor) -> None:
        ended: list[str] = []

        async def hold(_: Stage) -> None:
            ended.append("probe")

        async def last(_: Stage) -> str:
            ended.append("last")
            return "over"

        given.start([Probe("first", hold)])
        given.end_with(last, "last")
        given.finish()
        assert (given.ending(), ended) == ("over", ["probe", "last"])
