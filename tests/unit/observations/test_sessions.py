"""The fates of requests through a balancer, from hand-made answers."""

from __future__ import annotations

import pytest
from handmade import SID, SWITCHING, answer, exchange_of
from handmade_journeys import UNKNOWN, answered, journey, kept, lost, sessions, silent, step, upgrade

from eiospec.errors import Blocked, Broken
from eiospec.observations.sessions import (
    POLL,
    POST,
    Fate,
    fate_of,
    fate_of_upgrade,
    says_unknown,
)
from eiospec.wire.exchange import End, Exchange


def refused(body: bytes, status: bytes = b"400 Bad Request") -> Exchange:
    return answered(response=answer(body, status=status))


class TestUnknown:
    @pytest.mark.parametrize(
        "body",
        [
            b'{"code":1,"message":"Session ID unknown"}',
            b'"Invalid session lv_VI97HAXpY6yYWAAAB"',
            b"Session ID unknown",
            b"unknown session id",
            b"Session not found",
        ],
    )
    def test_is_recognized_in_the_documented_form_and_in_words(self, body: bytes) -> None:
        assert says_unknown(refused(body))

    @pytest.mark.parametrize(
        "body",
        [
            b'{"code":3,"message":"Bad request"}',
            b'{"code":0,"message":"Transport unknown"}',
            b"Bad Request",
            b"",
        ],
    )
    def test_is_not_recognized_in_other_errors(self, body: bytes) -> None:
        assert not says_unknown(refused(body))

    def test_is_not_recognized_in_a_success(self) -> None:
        assert not says_unknown(answered(response=answer(b"Session ID unknown")))


class TestFate:
    @pytest.mark.parametrize(
        ("status", "fate"),
        [
            (b"200 OK", Fate.KEPT),
            (b"429 Too Many Requests", Fate.UNAVAILABLE),
            (b"502 Bad Gateway", Fate.UNAVAILABLE),
            (b"503 Service Unavailable", Fate.UNAVAILABLE),
            (b"504 Gateway Timeout", Fate.UNAVAILABLE),
            (b"400 Bad Request", Fate.REFUSED),
            (b"500 Internal Server Error", Fate.REFUSED),
        ],
    )
    def test_follows_the_status(self, status: bytes, fate: Fate) -> None:
        assert fate_of(refused(b"?", status)) is fate

    def test_of_silence_is_not_that_of_a_target_that_went_away(self) -> None:
        ends = {end: fate_of(exchange_of(None, end=end)) for end in (End.TIMEOUT, End.RESET, End.REFUSED)}
        assert ends == {
            End.TIMEOUT: Fate.SILENT,
            End.RESET: Fate.UNAVAILABLE,
            End.REFUSED: Fate.UNAVAILABLE,
        }

    @pytest.mark.parametrize(
        ("response", "probed", "answered", "held_back", "fate"),
        [
            (SWITCHING, True, True, False, Fate.KEPT),
            (SWITCHING, True, False, False, Fate.NO_FRAMES),
            (SWITCHING, False, False, False, Fate.NO_FRAMES),
            (SWITCHING, False, False, True, Fate.HELD_BACK),
            (UNKNOWN, False, False, False, Fate.UNKNOWN),
            (
                answer(b'{"code":3,"message":"Bad request"}', status=b"400 Bad Request"),
                False,
                False,
                False,
                Fate.NOT_UPGRADED,
            ),
            (answer(b"ok"), False, False, False, Fate.NOT_UPGRADED),
        ],
    )
    def test_of_an_upgrade(
        self, response: bytes, probed: bool, answered: bool, held_back: bool, fate: Fate
    ) -> None:
        found = fate_of_upgrade(exchange_of(response), probed=probed, answered=answered, held_back=held_back)
        assert found is fate


class TestSessions:
    def test_are_not_judged_when_the_target_limits_its_clients(self) -> None:
        with pytest.raises(Broken, match="429"):
            _ = sessions(kept(), stopped="the target limits its clients (429)").judged

    def test_are_not_judged_when_nothing_was_answered(self) -> None:
        with pytest.raises(Blocked, match="answered a message"):
            _ = sessions(journey(step(POST), step(POLL), answers=0)).judged

    def test_are_not_judged_when_none_was_opened(self) -> None:
        with pytest.raises(Blocked, match="opened a session"):
            _ = sessions().judged

    def test_lose_polls_and_posts_that_reached_another_node_or_none(self) -> None:
        seen = sessions(kept(), lost(), journey(step(POST), silent(POLL)))
        assert [loss.partition(":")[0] for loss in seen.losses_of_polling] == [
            "POST answered “Session ID unknown”",
            "poll not answered in time",
        ]

    def test_name_their_nodes(self) -> None:
        assert sessions(kept(node="b"), kept(node="a")).nodes == ("a", "b")

    def test_have_no_upgrade_to_judge_when_all_were_lost_before(self) -> None:
        with pytest.raises(Blocked, match="ST-001"):
            _ = sessions(lost()).upgrades


class TestAffinity:
    def test_is_the_cookie_that_was_enough_where_none_was_not(self) -> None:
        seen = sessions(
            kept(),
            bare=(lost(), lost()),
            alone={"io": (step(POST), step(POST, UNKNOWN)), "node": (step(POST), step(POST))},
        )
        assert seen.affinity == "node"

    def test_is_the_declared_one_of_two_that_were_enough(self) -> None:
        enough = (step(POST), step(POST))
        seen = sessions(kept(), cookie="b", bare=(lost(),), alone={"a": enough, "b": enough})
        assert seen.affinity == "b"

    def test_is_nothing_where_no_cookie_is_needed(self) -> None:
        assert sessions(kept(), bare=(kept(), kept()), alone={"io": (step(POST),)}).affinity == ""

    def test_rotates_when_every_answer_sets_another_value(self) -> None:
        def anew(*values: bytes) -> object:
            steps = [step(POST, None, b"Set-Cookie: lb=" + value) for value in values]
            return journey(*steps, upgrade(), cookies=(b"io=" + SID.encode(), b"lb=first"))

        assert sessions(anew(b"b", b"c")).rotating == ("lb",)  # type: ignore[arg-type]
        assert sessions(anew(b"b", b"b")).rotating == ()  # type: ignore[arg-type]
        assert sessions(anew(b"b", b"c"), kept()).rotating == ()  # type: ignore[arg-type]

    def test_a_session_cookie_with_few_values_and_no_id_is_rewritten(self) -> None:
        def four(*values: bytes) -> list[object]:
            return [kept(cookies=(b"io=" + value,)) for value in values]

        assert sessions(*four(b"a", b"b", b"a", b"b")).rewritten("io")  # type: ignore[arg-type]
        assert not sessions(*four(b"a", b"b", b"c", b"d")).rewritten("io")  # type: ignore[arg-type]
        assert not sessions(*four(*[SID.encode()] * 4)).rewritten("io")  # type: ignore[arg-type]
