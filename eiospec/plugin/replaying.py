"""`--replay run.json`: judge a stored run again with this suite, offline, and name the verdicts that changed.

The file takes the place of the target and supplies the options of its run. It is not trusted: it is bounded in size,
must have the published shape, and becomes values of the types the suite declares, nothing else. No connection is
opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from eiospec.plugin.options import CROWD, SESSIONS, Options, options_of
from eiospec.plugin.results import Results
from eiospec.plugin.run import Conformance
from eiospec.replay.archive import Archive, ClosedDialer
from eiospec.replay.stored import Stored, read_stored
from eiospec.reports.escapes import visible
from eiospec.reports.files import ReportError
from eiospec.target.url import BadTarget, Target, parse_target
from eiospec.verdicts import Change, Control, Judgement, Recorded, Replayed, Run, Verdict
from eiospec.wire.bounds import Bounds
from eiospec.wire.dialer import Transcript
from eiospec.wire.exchange import Exchange
from eiospec.wire.stream import Address

NOT_JUDGED = "not judged"
UNJUDGED = (Verdict.BLOCKED, Verdict.BROKEN)
REPORT = "eiospec-replay"
# Options of the recorded run, with their defaults: they cannot be given for a replay.
OF_THE_RUN: Mapping[str, str | None] = {
    **dict.fromkeys(("--target", "--serve", "--header", "--query", "--ca", "--insecure"), None),
    **dict.fromkeys(("--profile", "--cookie", "--hook", "--transports", "--sticky", "--connections"), None),
    "--max-wait": "10",
    "--sessions": str(SESSIONS),
    "--crowd": str(CROWD),
    "--repeat": "1",
}
UNSET = {"--level": "must", "--cookie-spec": "6265bis"}
SELECTING = ("--case", "--with", "--require")
# Options that may differ from those of the recorded run.
SHOWN = (*SELECTING, "--level", "--cookie-spec", "--baseline")


def stored_run(path: Path) -> Stored:
    """Return the run of a file; raise pytest.UsageError with one sentence."""
    try:
        return read_stored(path)
    except ReportError as error:
        raise pytest.UsageError(f"--replay: {visible(str(error))}") from None
    except ValueError as error:
        raise pytest.UsageError(f"--replay {path}: {visible(str(error))}") from None
    except RecursionError:
        raise pytest.UsageError(f"--replay {path}: it is nested deeper than any report") from None


def replayed_options(config: pytest.Config) -> Options:
    """Return the options of the recorded run with those given for the replay; raise pytest.UsageError."""
    refused = [
        name for name, unset in OF_THE_RUN.items() if config.getoption(name) not in (None, [], False, unset)
    ]
    if refused:
        raise pytest.UsageError(
            f"--replay takes the target and its options from the report: leave out {', '.join(refused)}"
        )
    path = Path(config.getoption("--replay"))
    run = stored_run(path)
    recorded: Mapping[str, str] = run.report.options

    def given(name: str) -> Any:
        own = config.getoption(name)
        if name in OF_THE_RUN:
            return recorded.get("--max-wait", own) if name == "--max-wait" else own
        if name == "--report":
            # The default folder of a run most likely contains the file itself.
            return own or REPORT
        if name == "--require":
            return own or recorded.get(name)
        if name in ("--level", "--cookie-spec"):
            return own if own != UNSET[name] else recorded.get(name, own)
        if name in ("--case", "areas"):
            return own or recorded.get({"areas": "--with"}.get(name, name), "").split()
        return own

    made = options_of(given)
    file = path / "report.json" if path.is_dir() else path
    if made.report is not None and (made.report / "report.json").resolve() == file.resolve():
        raise pytest.UsageError(
            f"--report {made.report}: this would overwrite the replayed file {path}; name another folder"
        )
    return replace(
        made,
        target=target_of(run),
        profile=run.profile,
        transports=run.profile.transports,
        baseline=made.baseline or run.baseline,
        headers=_headers(recorded.get("--header", "")),
        shown={
            **recorded,
            **{name: made.shown[name] for name in SHOWN if name in made.shown},
            "--replay": run.file,
        },
        replay=run,
    )


def _headers(shown: str) -> tuple[tuple[str, str], ...]:
    """Return the header fields of the recorded run; their secrets are masked."""
    parted = (line.partition(":") for line in shown.split("\n") if line)
    return tuple((name.strip(), value.strip()) for name, _, value in parted)


def target_of(run: Stored) -> Target:
    """Return the target of a stored run; raise pytest.UsageError."""
    try:
        return parse_target(run.report.target)
    except BadTarget as error:
        raise pytest.UsageError(f"--replay {run.file}: {visible(str(error))}") from None


class ReplaySession(Conformance):
    """A stored run: observations and control exchanges come from the report."""

    def __init__(self, target: Target, options: Options, run: Stored) -> None:
        transcript = Transcript()
        transcript.exchanges.extend(run.exchanges.values())
        dialer = ClosedDialer(
            Address(target.host, target.port),
            target.origin,
            target.authority,
            transcript,
            Bounds(max_wait=options.max_wait),
            "",
        )
        path = options.profile.contract.path
        super().__init__(
            target,
            options,
            conductor=Archive(target, dialer, run.exchanges, run.observations, contract_path=path),
        )
        self._stored = run
        self.parallel = run.parallel
        self.started = run.report.started

    def control(self, when: str) -> Control:
        """Return the recorded control exchange; a run that was interrupted has no last one."""
        found = self._stored.control(when)
        if found is None:
            return Control(when, True, f"the recorded run has no {when} control")
        self.controls.append(found)
        return found


class ReplayResults(Results):
    """The verdicts of a replay, compared with those of the stored run."""

    def __init__(self, session: ReplaySession, run: Stored) -> None:
        super().__init__(session)
        self._stored, self._then = run, run.verdicts

    def settled(self, judgement: Judgement) -> Judgement:
        """Return the judgement; not applicable when a check is blocked or broken now and was not in the stored run.

        It needs data that older versions of the suite did not record.
        """
        then = self._then.get((judgement.requirement.id, judgement.case))
        if judgement.verdict not in UNJUDGED or judgement.verdict.value == then:
            return judgement
        reason = f"the transcript has no observation that this check needs: {judgement.reason}"
        return replace(judgement, verdict=Verdict.NOT_APPLICABLE, reason=reason)

    def record(self, exit_code: int) -> Run:
        """Return the run as a value, with the verdicts that changed."""
        return replace(
            super().record(exit_code),
            seconds=self._stored.report.seconds,
            complete=self.complete and self._stored.report.complete is not False,
            replayed=Replayed(
                self._stored.file,
                datetime.now(UTC).isoformat(timespec="seconds"),
                self._stored.document,
                self.changed(),
                self._stored.stand_ins,
            ),
        )

    def _unmasked(self, exchanges: Iterable[Exchange]) -> tuple[str, ...]:  # noqa: ARG002
        """Return nothing: a stored run is masked already."""
        return ()

    def _own_observations(self) -> tuple[Recorded, ...]:
        return ()

    def _recording(self) -> None:
        return None

    @property
    def _asks_the_same(self) -> bool:
        """True when every case of the stored run is judged again, unless its requirement no longer exists."""
        asked, recorded = self.options.shown, self._stored.report.options
        return self.complete and all(asked.get(name) == recorded.get(name) for name in SELECTING)

    def changed(self) -> tuple[Change, ...]:
        """Return every case whose verdict changed. Not applicable and not judged count as equal."""
        then = self._then
        now = {(judged.requirement.id, judged.case): judged.verdict.value for judged in self.judgements}
        cases = [*now, *(case for case in then if case not in now)] if self._asks_the_same else [*now]
        pairs = [(case, then.get(case, NOT_JUDGED), now.get(case, NOT_JUDGED)) for case in cases]
        silent = {Verdict.NOT_APPLICABLE.value, NOT_JUDGED}
        return tuple(
            Change(*case, before, after)
            for case, before, after in sorted(pairs)
            if before != after and not {before, after} <= silent
        )
