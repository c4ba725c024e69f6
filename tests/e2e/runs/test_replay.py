"""--replay: the same suite gives the same verdicts from a report, and opens no connection."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from hostile.peers import hostile
from targets import HOST, free_port, node_server

from eiospec.fixtures.balancer import Balancer, Cluster, Insert, RoundRobin
from eiospec.fixtures.reference import BackgroundServer, Engine
from eiospec.reports.model import closing, save
from runs.command import Call, Finished, Once, Run
from runs.credentials import COOKIE_SECRET, SECRET
from runs.engines import SaysMuch, SecretsLikeWords, SetsForeignCookies

# The command in a process that ends as soon as it tries to connect, listen or start a process.
OFFLINE = (
    sys.executable,
    "-c",
    "import os, sys\n"
    "barred = ('socket.connect', 'socket.bind', 'socket.sendto', 'socket.getaddrinfo', 'subprocess.Popen')\n"
    "sys.addaudithook(lambda event, _: os._exit(99) if event in barred else None)\n"
    "from eiospec.cli import main\n"
    "sys.exit(main())\n",
)
Edit = Callable[[dict[str, Any]], None]


def stored(recorded: Finished) -> Path:
    """Return the path of the report of a run."""
    return recorded.folder / "eiospec-report" / "report.json"


@pytest.fixture
def replay_offline(run: Run, tmp_path: Path) -> Callable[..., Finished]:
    """Replay the report of a run in a process that cannot connect."""

    def replayed(recorded: Finished) -> Finished:
        given = ("--replay", str(stored(recorded)), "--report", "eiospec-report")
        return run(*given, folder=tmp_path, command=OFFLINE)

    return replayed


@pytest.fixture
def replay(call: Call, tmp_path: Path) -> Callable[..., Finished]:
    """Replay the report of a run."""

    def replayed(recorded: Finished, *arguments: str) -> Finished:
        given = ("--replay", str(stored(recorded)), *arguments, "--report", "eiospec-report")
        return call(*given, folder=tmp_path)

    return replayed


@pytest.fixture
def replay_edited(call: Call, tmp_path: Path) -> Callable[..., Finished]:
    """Edit the report of a run, seal it anew and replay it."""

    def replayed(recorded: Finished, edit: Edit, *arguments: str) -> Finished:
        made = json.loads(stored(recorded).read_bytes())
        edit(made)
        made.pop("closing")
        save(made | {"closing": closing(made)}, tmp_path / "run.json")
        return call("--replay", "run.json", *arguments, "--report", "eiospec-report", folder=tmp_path)

    return replayed


def said(finished: Finished) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return the judgement of each case, without shell lines (masked values) and times."""
    return {
        (entry["id"], judgement["case"]): tuple(
            value for name, value in judgement.items() if name not in ("reproduce", "seconds")
        )
        for entry in finished.report["requirements"]
        for judgement in entry["judgements"]
    }


def same_again(recorded: Finished, replayed: Finished) -> None:
    """Fail unless the judgements are equal to the letter."""
    assert said(replayed) == said(recorded)
    assert replayed.report["replayed"]["changed"] == []
    assert replayed.report["detections"] == recorded.report["detections"]
    assert replayed.report.get("survey") == recorded.report.get("survey")
    assert replayed.exit_code == recorded.exit_code


Replay = Callable[..., Finished]
Start = Callable[[], AbstractContextManager[str]]


@contextmanager
def peer(name: str) -> Iterator[str]:
    with hostile(name) as port:
        yield f"http://{HOST}:{port}"


@contextmanager
def nobody() -> Iterator[str]:
    yield f"http://{HOST}:{free_port()}"


@contextmanager
def cluster(policy: Callable[..., Balancer]) -> Iterator[str]:
    with Cluster(policy) as found:
        yield found.url


@contextmanager
def server(engine: type[Engine]) -> Iterator[str]:
    with BackgroundServer(engine=engine) as found:
        yield found.url


# How each target is started, and the options of its run.
TARGETS: dict[str, tuple[Start, tuple[str, ...]]] = {
    "socket.io": (node_server, ("--with", "hygiene", "--max-wait", "9")),
    "nobody": (nobody, ()),
    "websocket_then_garbage": (partial(peer, "websocket_then_garbage"), ()),
    "sticky": (partial(cluster, Insert), ("--sticky", "insert")),
    "several nodes": (partial(cluster, RoundRobin), ()),
}


def by_cost(names: Iterable[str], quick: Collection[str]) -> list[ParameterSet]:
    """Return the names as parameters; those not in `quick` are marked as slow."""
    return [pytest.param(name, marks=[] if name in quick else pytest.mark.slow) for name in names]


class TestTheSameSuite:
    def test_the_whole_contract_is_replayed_exactly(self, bundled: Finished, replay_offline: Replay) -> None:
        same_again(bundled, replay_offline(bundled))

    def test_no_url_is_masked_without_a_secret(self, bundled: Finished) -> None:
        exchanges = bundled.report["exchanges"]
        assert not [exchange["url"] for exchange in exchanges if "masked:" in exchange["url"]]

    def test_masked_credentials_change_nothing(self, failing: Finished, replay_offline: Replay) -> None:
        replayed = replay_offline(failing)
        same_again(failing, replayed)
        assert SECRET not in json.dumps(replayed.report)
        assert COOKIE_SECRET not in json.dumps(replayed.report)

    @pytest.mark.parametrize("target", by_cost(TARGETS, {"nobody", "sticky"}))
    def test_a_run_is_replayed_exactly(
        self, target: str, call: Call, once: Once, replay_offline: Replay
    ) -> None:
        start, options = TARGETS[target]

        def judge() -> Finished:
            with start() as url:
                return call("--target", url, *options)

        recorded = once(f"{target} for a replay", judge)
        same_again(recorded, replay_offline(recorded))

    @pytest.mark.slow
    def test_masked_cookies_change_no_verdict(self, call: Call, once: Once, replay_offline: Replay) -> None:
        def judge() -> Finished:
            with server(SetsForeignCookies) as url:
                return call("--target", url)

        recorded = once("foreign cookies for a replay", judge)
        replayed = replay_offline(recorded)
        assert "fail" in recorded.judgements.values()
        assert replayed.judgements == recorded.judgements

    @pytest.mark.slow
    def test_a_run_in_two_processes_has_the_same_verdicts(self, run: Run, replay_offline: Replay) -> None:
        with BackgroundServer() as server:
            recorded = run("--target", server.url, "-n", "2")
        assert replay_offline(recorded).judgements == recorded.judgements

    @pytest.mark.slow
    def test_a_replay_can_be_replayed(self, bundled: Finished, call: Call, replay_offline: Replay) -> None:
        replayed = replay_offline(bundled)
        again = call("--replay", "eiospec-report/report.json", "--report", "again", folder=replayed.folder)
        assert (again.exit_code, "No verdict changed" in again.stdout) == (0, True)


class TestWhatTheReportDoesNotHold:
    """A check that needs a masked secret or a truncated message is not applicable, and never wrong."""

    @pytest.mark.parametrize("engine", [SecretsLikeWords, pytest.param(SaysMuch, marks=pytest.mark.slow)])
    def test_a_check_without_its_data_is_not_applicable_with_a_reason(
        self, engine: type[Engine], call: Call, once: Once, replay_offline: Replay
    ) -> None:
        def judge() -> Finished:
            with server(engine) as url:
                return call("--target", url)

        replayed = replay_offline(once(f"{engine.__name__} for a replay", judge))
        reasons = {
            (id, case): (verdict, reason)
            for (id, case), (*_, verdict, _, _, reason, _, _) in said(replayed).items()
        }
        changed = [reasons[one["id"], one["case"]] for one in replayed.report["replayed"]["changed"]]
        assert changed
        assert {verdict for verdict, _ in changed} == {"not applicable"}
        assert [reason for _, reason in changed if "the transcript has no" not in reason] == []


@pytest.fixture
def small(call: Call, once: Once) -> Finished:
    """Make a run of a few checks, which is quick to replay."""

    def judge() -> Finished:
        with BackgroundServer() as found:
            return call("--target", found.url, "--case", "HS-00[1-5]", "--case", "CK-00[12]")

    return once("small for a replay", judge)


class TestWhatChanged:
    def test_a_changed_verdict_is_shown_with_the_older_version(
        self, small: Finished, replay_edited: Replay
    ) -> None:
        def edit(made: dict[str, Any]) -> None:
            made["tool"]["version"] = "0.0.1"
            made["requirements"][0]["judgements"][0]["verdict"] = "fail"

        replayed = replay_edited(small, edit)
        assert "1 verdict changed: eiospec 0.0.1 judged run.json, eiospec" in replayed.stdout
        assert "fail → pass" in replayed.stdout

    def test_the_exit_code_is_that_of_the_new_verdicts(self, small: Finished, replay_edited: Replay) -> None:
        def edit(made: dict[str, Any]) -> None:
            for exchange in made["exchanges"]:
                if exchange["response"]:
                    exchange["response"]["octets"] = exchange["response"]["octets"].replace('"sid"', '"sud"')

        assert replay_edited(small, edit).exit_code == 1

    def test_the_headline_names_the_replayed_file(self, small: Finished, replay: Replay) -> None:
        assert (
            replay(small)
            .report["headline"]
            .endswith(f"; replayed from report.json of {small.report['started'][:10]}")
        )

    def test_requirements_that_are_not_selected_have_not_changed(
        self, small: Finished, replay: Replay
    ) -> None:
        replayed = replay(small, "--case", "HS-001")
        assert ({*replayed.verdicts}, replayed.report["replayed"]["changed"]) == ({"HS-001"}, [])

    def test_a_probe_that_was_not_recorded_is_named(self, small: Finished, replay: Replay) -> None:
        replayed = replay(small, "--case", "HS-032", "--with", "hygiene")
        reasons = {reason for *_, reason, _, _ in said(replayed).values()}
        assert reasons == {"the transcript has no conversation “hygiene”"}

    def test_an_observation_that_was_not_recorded_is_not_applicable(
        self, small: Finished, replay_edited: Replay
    ) -> None:
        def edit(made: dict[str, Any]) -> None:
            for one in made["observations"]:
                if one["probe"] == "errors":
                    one["what"]["all"] = {}

        replayed = replay_edited(small, edit, "--case", "ERR-001")
        assert {*replayed.verdicts.values()} == {"not applicable"}
        assert "the transcript has no observation that this check needs" in json.dumps(replayed.report)

    def test_a_run_without_a_last_control_is_judged(self, small: Finished, replay_edited: Replay) -> None:
        assert replay_edited(small, lambda made: made["controls"].pop()).exit_code == 0

    def test_the_other_documents_are_written(self, small: Finished, replay: Replay) -> None:
        replayed = replay(small, "--junitxml", "junit.xml", "--alluredir", "allure")
        assert replayed.junit
        assert replayed.html
        assert replayed.markdown


class TestUsage:
    @pytest.mark.parametrize(
        "beside",
        [
            ("--target", "http://127.0.0.1:1"),
            ("--serve", "true"),
            ("--profile", "profile.toml"),
            ("--max-wait", "3"),
            ("--repeat", "2"),
            ("--insecure",),
        ],
    )
    def test_options_of_the_recorded_run_are_refused(
        self, beside: tuple[str, ...], small: Finished, replay: Replay
    ) -> None:
        replayed = replay(small, *beside)
        assert replayed.exit_code == 4
        assert (
            f"--replay takes the target and its options from the report: leave out {beside[0]}"
            in replayed.output
        )
        assert "Traceback" not in replayed.output

    def test_the_replayed_file_is_not_overwritten(self, small: Finished, call: Call) -> None:
        file = small.folder / "eiospec-report" / "report.json"
        finished = call("--replay", str(file), "--report", str(file.parent))
        assert (finished.exit_code, "this would overwrite" in finished.output) == (4, True)

    def test_a_missing_file_is_a_usage_error(self, call: Call) -> None:
        finished = call("--replay", "nowhere.json")
        assert (finished.exit_code, "nowhere.json" in finished.output) == (4, True)


def _nested(made: dict[str, Any]) -> None:
    deep: list[Any] = []
    for _ in range(700):
        deep = [deep]
    made["recording"]["profile"]["cookie"] = {"deep": deep}


def _put(*path: str | int, value: object) -> Edit:
    def edit(made: Any) -> None:
        for key in path[:-1]:
            made = made[key]
        made[path[-1]] = value

    return edit


class TestAStrangersFile:
    """A sealed but invalid report is refused in a sentence, or its checks are not applicable."""

    @pytest.mark.parametrize(
        ("edit", "words"),
        [
            (lambda made: made.pop("observations"), "it has no observations"),
            (_put("recording", "profile", value=7), "at recording.profile"),
            (_put("recording", "profile", "transports", value="x"), "profile.transports"),
            (_put("exchanges", 0, "response", "status", value="200"), "at exchanges[0].response"),
            (_put("exchanges", 0, "end", value="\x1b[2J"), "at exchanges[0].end"),
            (_put("recording", "masked", value={"masked:00000000": [10**12, ""]}), "masked"),
            (_put("target", value="gopher://x"), "gopher"),
            (_put("options", "--max-wait", value="soon"), "--max-wait"),
            (_put("options", "--case", value="NO-999"), "NO-999"),
            (_nested, ""),
        ],
    )
    def test_an_invalid_report_is_refused_in_a_sentence(
        self, edit: Edit, words: str, small: Finished, replay_edited: Replay
    ) -> None:
        finished = replay_edited(small, edit)
        assert finished.exit_code == 4
        assert words in finished.output
        assert "Traceback" not in finished.output
        assert "\x1b[2J" not in finished.output

    @pytest.mark.parametrize(
        "what",
        [
            None,
            7,
            {"first": "no such exchange"},
            {"__class__": "os.system"},
            ["first"],
            {"first": {"transport": 1, "exchange": "1"}},
        ],
    )
    def test_an_invalid_observation_is_not_applicable(
        self, what: object, small: Finished, replay_edited: Replay
    ) -> None:
        def edit(made: dict[str, Any]) -> None:
            for one in made["observations"]:
                one["what"] = what

        finished = replay_edited(small, edit)
        assert finished.exit_code == 5
        assert {*finished.verdicts.values()} == {"not applicable"}
        assert "as this suite sees it" in json.dumps(finished.report)
