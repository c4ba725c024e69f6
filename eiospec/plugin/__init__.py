"""The pytest plugin: options, --list, --explain, the selection of checks, and a RunPlugin for each run.

In a session that judges no target it only adds the options, so that other tests can run in the same checkout.

PYTEST_DONT_REWRITE: there are no assertions here, and the `eiospec` command imports this package before pytest.
"""

from __future__ import annotations

import pytest

from eiospec.errors import Broken, Remarks
from eiospec.plugin import catalogue
from eiospec.plugin.exit_codes import NOTHING
from eiospec.plugin.listing import explanation, listing
from eiospec.plugin.options import (
    OPTIONS,
    add_options,
    one_of,
    read_options,
    repetitions,
    require_values,
    targets,
)
from eiospec.plugin.order import in_order
from eiospec.plugin.run import Conformance
from eiospec.plugin.run_plugin import NAME, Hooks, RunPlugin, given_suites, judges, plugin_of
from eiospec.plugin.selection import Selected, selection
from eiospec.plugin.termination import ended_in_order
from eiospec.requirements import requirement_of


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register our options."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register our hooks."""
    pluginmanager.add_hookspecs(Hooks)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Handle --list, --explain, several targets and --repeat, which do not judge in this process."""
    require_values(config.getoption)
    if config.getoption("--explain"):
        print(explanation(config.getoption("--explain")))
        return 0
    if config.getoption("list_as"):
        print(listing(one_of(config.getoption("list_as"), ("text", "json", "markdown"), "--list")))
        return 0
    if config.option.collectonly:
        return None
    if len(targets(config)) > 1:
        from eiospec.plugin.multiple_targets import judge_all

        with ended_in_order():
            return judge_all(config)
    if (times := repetitions(config)) > 1:
        from eiospec.plugin.repeat import repeat

        with ended_in_order():
            return repeat(config, times)
    return None


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Say, after --collect-only on the suites, that nothing was judged, with the exit code for that."""
    if session.config.option.collectonly and given_suites(session.config):
        print("Nothing was judged: leave out --collect-only to judge the target.")
        if session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = NOTHING


@pytest.hookimpl(tryfirst=True)  # before pytest's terminal reporter reads its options
def pytest_configure(config: pytest.Config) -> None:
    """Check the options, and register the plugin of the run."""
    config.stash[OPTIONS] = options = read_options(config)
    selected = catalogue.matching(options.cases)
    if selected and options.release and not selected & options.release.requirements.keys():
        raise pytest.UsageError(
            f"--case {' '.join(options.cases)} matches no requirement in release {options.release.name}: "
            "drop --require or change --case"
        )
    if judges(config):
        config.pluginmanager.register(RunPlugin(config, options), NAME)
        # A check that is named on the command line must be found before it is deselected.
        if not any("::" in argument for argument in config.args):
            config.pluginmanager.register(Selected(selection(options)))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the selected checks, in the order in which their observations will be there."""
    options = config.stash[OPTIONS]
    selects = selection(options)

    def keeps(item: pytest.Item) -> bool:
        requirement = requirement_of(getattr(item, "function", None))
        return requirement is None or selects(requirement, item.path)

    kept = {item: keeps(item) for item in items}
    if dropped := [item for item, keep in kept.items() if not keep]:
        config.hook.pytest_deselected(items=dropped)
    items[:] = in_order([item for item, keep in kept.items() if keep], options.profile, options.connections)


@pytest.fixture
def conformance(request: pytest.FixtureRequest) -> Conformance:
    """The target of the run and its observations."""
    return _plugin(request).conformance


@pytest.fixture
def remarks(request: pytest.FixtureRequest) -> Remarks:
    """Remarks that a check adds to its verdict."""
    return _plugin(request).remarks


def _plugin(request: pytest.FixtureRequest) -> RunPlugin:
    plugin = plugin_of(request.config)
    if plugin is None:
        raise Broken("the suites were collected without a run: pass the path of the suites to pytest")
    return plugin
