"""One run of the suites in a process of its own, quick to start: forked from one that has collected every check.

A `Nursery` is a process that has started pytest in one way (arguments and profile) and stops before the first check.
For each run it forks: the child serves and judges, the nursery hands back the document. The reference server with
its fault runs in a thread of the child, so a fault that ends its server ends nothing else.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import pickle
import signal
import ssl
import tempfile
import threading
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from eiospec.cli.run import UNUSED_PLUGINS, judge
from eiospec.fixtures.balancer import Cluster
from eiospec.fixtures.faults import Fault, catalogue
from eiospec.fixtures.reference import BackgroundServer, Engine, Options
from eiospec.fixtures.reference.conformance import contract_options
from eiospec.plugin.options import OPTIONS, read_options
from eiospec.plugin.run_plugin import NAME, SUITES, RunPlugin, plugin_of
from eiospec.reports.model import unsealed
from eiospec.target.contract import CALLBACKS, mounts

HOOK_AREAS = frozenset({"HI", "HH", "HX", "AR", "SE", "PR"})
COOKIE_AREAS = frozenset({"CK", "CA", "CS", "HS"})
ORIGIN_AREAS = frozenset({"CO"})
IN_REVISION_3 = frozenset({"CK-017", "HI-014", "HI-015", "HH-020", "SE-015"})
OUTLIVED = "PR-022"  # judged on a mount for a cookie option
PRELOADED = ["eiospec.proof.child", "eiospec.plugin.catalogue", "eiospec.proof.warm"]
# Where callbacks are judged; the other mounts are about the cookie option and timings, without any.
WITH_CALLBACKS = ("main", "cors")
# What a run has beside, and nothing to say where the verdicts alone are looked at.
IDLE = ("allure_pytest", "cacheprovider", "debugging", "faulthandler", "junitxml", "skipping", "xdist")
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
        plugin = plugin_of(session.config)
        if plugin is not None:
            self.made = unsealed(plugin.results.record(int(session.exitstatus)), mask=False)


def _certificate() -> ssl.SSLContext:
    """A server's context with a certificate made for this run."""
    import trustme  # comes with eiospec[tests]; most faults need none

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


@dataclass(frozen=True, slots=True)
class Way:
    """How pytest is called. `arguments` are without the target, `profile` is the text of one, or empty."""

    arguments: tuple[str, ...]
    profile: str
    scheme: str


def way_of(fault: Fault | None, arguments: Sequence[str], contract: bool) -> Way:
    """How the suites are called for a fault, or for the control run of one."""
    given = [
        *arguments,
        "--no-report",
        "-qqq",
        "-s",
        *(word for name in (*UNUSED_PLUGINS, *IDLE) for word in ("-p", f"no:{name}")),
    ]
    ids = fault.breaks if fault is not None else ()
    if fault is not None and not OF_THE_CROWD & {*fault.breaks, *fault.besides}:
        given += FEW
    profile = (fault.declares if fault is not None else "") + (profile_for(ids) if contract else "")
    if profile:
        given += ["--profile", "profile.toml"]
    if not contract or without_callbacks(ids):
        # No callback is declared: a third of all checks would say "not applicable", one by one.
        given += ["--ignore", str(SUITES / "hooks")]
    tls = fault is not None and fault.tls
    return Way((*given, *(["--insecure"] if tls else [])), profile, "https" if tls else "http")


def _served(fault: Fault | None, faulty: bool, contract: bool) -> BackgroundServer | Cluster:
    """The server of a run, not yet started: with the fault, or with nothing but its options."""
    options = fault.options if fault is not None else Options()
    engine = fault.engine if fault is not None and faulty else Engine
    served = contract_options(options) if contract else options
    context = _certificate() if fault is not None and fault.tls else None
    policy = None if fault is None else fault.policy if faulty else fault.sound_policy
    if policy is None:
        return BackgroundServer(served, engine=engine, ssl=context)
    return Cluster(policy, served, engine, context)


class Brood:
    """A pytest plugin that forks before the first check, once for each order; in a child the session goes on.

    An order is the slug of a fault (empty for none), that of the fault whose options are taken, whether the contract
    is declared, and the seconds a run may take.
    """

    def __init__(self, orders: Connection) -> None:
        self._orders = orders
        # In a child: where the document goes.
        self.result: Connection | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """In the nursery until the orders end."""
        while True:
            try:
                slug, like, contract, within = self._orders.recv()
            except EOFError:
                return True
            result, sender = multiprocessing.Pipe(duplex=False)
            child = os.fork()
            if child == 0:
                result.close()
                self._orders.close()
                self.result = sender
                return self._begin(session, slug, like, contract)
            sender.close()
            self._orders.send_bytes(_awaited(result, child, within))

    def _begin(self, session: pytest.Session, slug: str, like: str, contract: bool) -> bool | None:
        """What a session does before it collects, done late: the target is there, and the run begins."""
        fault = catalogue()[slug or like] if slug or like else None
        server = _served(fault, bool(slug), contract)
        server.__enter__()  # it ends with the process
        session.config.option.target = [server.url]
        session.config.option.collectonly = False
        session.config.stash[OPTIONS] = options = read_options(session.config)
        plugin = RunPlugin(session.config, options)
        session.config.pluginmanager.register(plugin, NAME)
        plugin.pytest_sessionstart()
        return plugin.pytest_runtestloop(session)


def _awaited(result: Connection, child: int, within: float) -> bytes:
    """The pickled document of a child, or None pickled when it left none in time; the child has ended then."""
    made = pickle.dumps(None)
    try:
        if result.poll(within):
            made = result.recv_bytes()
    except EOFError:
        pass
    finally:
        result.close()
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return made


def _nursery(way: Way, orders: Connection) -> None:
    """In the nursery: collect, and fork for each order; in its children: judge, and send the document."""
    gc.disable()  # a run ends before its garbage matters
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    with tempfile.TemporaryDirectory(prefix="eiospec-proof-") as name:
        os.chdir(name)
        if way.profile:
            Path("profile.toml").write_text(way.profile, "utf-8")
        brood, keeper = Brood(orders), Keeper()
        # Nobody is asked at this address: with a target, only what the profile declares is collected.
        nobody = f"{way.scheme}://127.0.0.1:9/"
        judge(["--collect-only", "--target", nobody, *way.arguments], plugins=[brood, keeper])
        if brood.result is not None:
            with suppress(BrokenPipeError):
                brood.result.send(keeper.made)
            os._exit(0)
        os.chdir("/")


class Nursery:
    """A nursery as its user sees it."""

    def __init__(self, way: Way) -> None:
        self.way = way
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOADED)
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=_nursery, args=(way, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def run(self, slug: str, like: str, contract: bool, within: float) -> dict[str, Any] | None:
        """The document of a run; None when it left none in time, or the nursery is gone."""
        try:
            self._orders.send((slug, like, contract, within))
            made: dict[str, Any] | None = self._orders.recv()
        except (EOFError, OSError):
            return None
        return made

    def close(self) -> None:
        """End it."""
        self._orders.close()
        self._process.join(1.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


# Each thread has the nursery it used last: runs that are called in the same way follow each other.
_mine = threading.local()


def run(
    slug: str, arguments: Sequence[str], *, contract: bool, within: float, like: str = ""
) -> dict[str, Any] | None:
    """The document of a run against a fault, or with an empty slug against none; None when it left none in time.

    `like` names the fault whose options a control run takes.
    """
    fault = catalogue()[slug or like] if slug or like else None
    way = way_of(fault, arguments, contract)
    nursery: Nursery | None = getattr(_mine, "nursery", None)
    if nursery is None or nursery.way != way:
        if nursery is not None:
            nursery.close()
        _mine.nursery = nursery = Nursery(way)
    return nursery.run(slug, like, contract, within)
