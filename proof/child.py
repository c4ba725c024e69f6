"""One run of the suites in a process of its own, quick to start: forked from one that has imported everything.

The reference server with its fault runs in a thread of that process, so a fault that ends its server ends
nothing else. What comes back is the report's document.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import ssl
import tempfile
from collections.abc import Collection, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from eiospec.fixtures.servers.balancer import Cluster
from eiospec.fixtures.servers.faults import catalogue
from eiospec.fixtures.servers.reference import BackgroundServer, Engine, Options
from eiospec.fixtures.servers.reference.conformance import contract_options
from eiospec.fixtures.target.contract import CALLBACKS, mounts
from eiospec.plugin.console import judge
from eiospec.plugin.hooks import SUITES
from eiospec.plugin.run import RUN
from eiospec.reports.model import unsealed

HOOK_AREAS = frozenset({"HI", "HH", "HX", "AR", "SE", "PR"})
COOKIE_AREAS = frozenset({"CK", "CA", "CS", "HS"})
ORIGIN_AREAS = frozenset({"CO"})
IN_REVISION_3 = frozenset({"CK-017", "HI-014", "HI-015", "HH-020", "SE-015"})
OUTLIVED = "PR-022"  # judged on a mount for a cookie option
PRELOADED = ["eiospec.proof.child", "eiospec.plugin.catalogue", "eiospec.proof.warm"]
# Where callbacks are judged; the other mounts are about the cookie option and timings, without any.
WITH_CALLBACKS = ("main", "cors")
# Plugins of pytest with nothing to say where the verdicts alone are looked at: an eighth of a run's time.
IDLE = (
    *("allure_pytest", "anyio", "asyncio", "cacheprovider", "debugging", "doctest", "faulthandler"),
    *("hypothesispytest", "junitxml", "legacypath", "logging", "pastebin", "recwarn", "skipping", "stepwise"),
    *("subtests", "threadexception", "unittest", "unraisableexception", "warnings", "xdist"),
)
WITHOUT_IDLE = tuple(word for name in IDLE for word in ("-p", f"no:{name}"))
# Where the number of handshakes at once decides, and what they are for every other fault.
OF_THE_CROWD = frozenset({"CK-012", "HS-019", "SE-001", "SE-002", "SE-003", "SE-004", "SE-022"})
FEW = ("--crowd", "8")
KILLING = frozenset({"HX-015", "SE-006", "SE-007", "SE-008"})


def profile_for(ids: Collection[str]) -> str:
    """A profile that declares what these requirements are judged on; everything, when none is named."""
    hooks = bool(ids) and all(
        id in IN_REVISION_3 or (id.split("-")[0] in HOOK_AREAS and id != OUTLIVED) for id in ids
    )
    few = hooks or about_origins(ids)
    names = (*WITH_CALLBACKS, *(["revision3"] if IN_REVISION_3 & set(ids) else [])) if few else mounts()
    killing = "true" if not ids or KILLING & set(ids) else "false"
    return f"""
[contract]
mounts = {json.dumps(list(names))}
callbacks = {json.dumps([] if without_callbacks(ids) else list(CALLBACKS))}
killing = {killing}
"""


def without_callbacks(ids: Collection[str]) -> bool:
    """Whether these requirements are judged without any callback."""
    areas = {id.split("-")[0] for id in ids if id != OUTLIVED}
    return bool(ids) and areas <= COOKIE_AREAS | ORIGIN_AREAS and not IN_REVISION_3 & set(ids)


def about_origins(ids: Collection[str]) -> bool:
    """Whether these requirements are judged on the mount with the cors option and on one without it."""
    return bool(ids) and {id.split("-")[0] for id in ids} <= ORIGIN_AREAS


class Keeper:
    """A pytest plugin that keeps the run's document before the run is torn down."""

    def __init__(self) -> None:
        self.made: dict[str, Any] | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """After the last control exchange."""
        run = session.config.stash.get(RUN, None)
        if run is not None:
            self.made = unsealed(run.record(int(session.exitstatus)), mask=False)


def _certificate() -> ssl.SSLContext:
    """A server's context with a certificate made for this run."""
    import trustme  # comes with eiospec[tests]; most faults need none

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


def _run(slug: str, like: str, arguments: Sequence[str], contract: bool, results: Connection) -> None:
    """In the child: serve, judge, send the document. `like` names the fault whose options a control run takes."""
    gc.disable()  # the process ends before its garbage matters
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    named = slug or like
    fault = catalogue()[named] if named else None
    options = fault.options if fault is not None else Options()
    engine = fault.engine if fault is not None and slug else Engine
    with tempfile.TemporaryDirectory(prefix="eiospec-proof-") as name:
        os.chdir(name)
        given = [*arguments, "--no-report", "-qqq", *WITHOUT_IDLE]
        ids = fault.breaks if fault is not None else ()
        if fault is not None and not OF_THE_CROWD & {*fault.breaks, *fault.besides}:
            given += FEW
        declares = fault.declares if fault is not None else ""
        if contract or declares:
            Path("profile.toml").write_text(declares + (profile_for(ids) if contract else ""), "utf-8")
            given += ["--profile", "profile.toml"]
        if not contract or without_callbacks(ids):
            # No callback is declared: a third of all checks would say "not applicable", one by one.
            given += ["--ignore", str(SUITES / "hooks")]
        served = contract_options(options) if contract else options
        keeper = Keeper()
        context = None
        if fault is not None and fault.tls:
            context = _certificate()
            given.append("--insecure")
        policy = None if fault is None else fault.policy if slug else fault.sound_policy
        started = (
            BackgroundServer(served, engine=engine, ssl=context)
            if policy is None
            else Cluster(policy, served, engine, context)
        )
        with started as server:
            judge(["--target", server.url, *given], plugins=[keeper])
        os.chdir("/")
    results.send(keeper.made)


def run(
    slug: str, arguments: Sequence[str], *, contract: bool, within: float, like: str = ""
) -> dict[str, Any] | None:
    """The document of a run against a fault, or with an empty slug against none; None when it left none in time."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    results, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(slug, like, tuple(arguments), contract, sender), daemon=True)
    process.start()
    sender.close()
    made: dict[str, Any] | None = None
    try:
        if results.poll(within):
            made = results.recv()
    except EOFError:
        made = None
    finally:
        process.join(1.0)
        if process.is_alive():
            process.kill()
            process.join()
    return made
