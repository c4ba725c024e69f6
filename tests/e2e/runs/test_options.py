"""The effect of each option: what is judged, how, and what the target receives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hostile.peers import hostile
from targets import HOST

from eiospec.fixtures.reference import BackgroundServer, CookieOptions, Options, Request
from runs.command import AS_USERS_RUN, Call, Finished, Once, Run
from runs.engines import SetsTheCookieAgain, path_twice


@contextmanager
def seeing(requests: list[Request]) -> Iterator[str]:
    """Run a server that records its requests; yield its URL."""

    def see(request: Request) -> bool:
        requests.append(request)
        return True

    with BackgroundServer(Options(allow_request=see)) as server:
        yield server.url


class TestCase:
    def test_a_glob_selects_requirements(self, call: Call) -> None:
        finished = call("--case", "CK-00[12]")
        assert set(finished.verdicts) == {"CK-001", "CK-002"}

    def test_several_globs_add_up_and_ignore_case(self, call: Call) -> None:
        finished = call("--case", "ck-002", "--case", "HS-004")
        assert set(finished.verdicts) == {"CK-002", "HS-004"}

    def test_an_id_of_an_area_that_is_off_turns_it_on(self, call: Call) -> None:
        assert set(call("--case", "HS-031").verdicts) == {"HS-031"}

    def test_only_the_probes_that_are_needed_run(self, call: Call) -> None:
        exchanges = call("--case", "HS-004").report["exchanges"]
        assert not {exchange["probe"] for exchange in exchanges} & {"tour", "errors", "crowd"}


class TestWith:
    def test_hygiene_adds_its_requirements(self, hygienic: Finished, bundled: Finished) -> None:
        added = hygienic.verdicts.keys() - bundled.verdicts.keys()
        assert {"HS-031", "HS-033", "WS-011", "SE-021"} <= added


class TestCookieSpec:
    @pytest.mark.parametrize(("specification", "verdict"), [("6265bis", "fail"), ("6265", "warn")])
    def test_the_specification_decides_between_fail_and_warn(
        self, call: Call, specification: str, verdict: str
    ) -> None:
        with BackgroundServer(Options(headers=path_twice)) as server:
            finished = call("--target", server.url, "--cookie-spec", specification, "--case", "CS-*")
        assert finished.ids(verdict) == {"CS-005"}


class TestMaxWait:
    def test_a_heartbeat_within_it_is_waited_for(self, call: Call) -> None:
        with BackgroundServer(Options(ping_interval=1500)) as server:
            finished = call("--target", server.url, "--case", "HB-00[12]", "--max-wait", "5")
        assert finished.verdicts == {"HB-001": "pass", "HB-002": "pass"}

    def test_a_heartbeat_beyond_it_is_not_applicable_with_a_reason(self, call: Call) -> None:
        with BackgroundServer(Options(ping_interval=1500)) as server:
            finished = call("--target", server.url, "--case", "HB-001", "--max-wait", "1")
        assert finished.verdicts == {"HB-001": "not applicable"}
        assert "--max-wait" in finished.detected("heartbeat within --max-wait")["evidence"]


class TestHeader:
    def test_every_request_carries_the_header(self, call: Call) -> None:
        requests: list[Request] = []
        with seeing(requests) as url:
            call("--target", url, "--header", "X-Tenant: blue", "--header", "Authorization: Basic Zm9v")
        assert len(requests) > 100
        assert {request.header("x-tenant") for request in requests} == {"blue"}
        assert {request.header("authorization") for request in requests} == {"Basic Zm9v"}

    def test_no_header_is_added_without_the_option(self, call: Call) -> None:
        requests: list[Request] = []
        with seeing(requests) as url:
            call("--target", url, "--case", "HS-001")
        names = {name.lower() for request in requests for name, _ in request.headers}
        assert "authorization" not in names
        assert "accept-encoding" not in names

    def test_requests_have_a_user_agent(self, call: Call) -> None:
        requests: list[Request] = []
        with seeing(requests) as url:
            call("--target", url, "--case", "HS-001")
        assert str(requests[0].header("user-agent")).startswith("eiospec/")


class TestTransports:
    def test_a_transport_that_is_not_declared_is_not_judged(self, call: Call) -> None:
        with BackgroundServer(Options(transports=("polling",), allow_upgrades=False)) as server:
            finished = call("--target", server.url, "--transports", "polling")
        assert finished.exit_code == 0
        assert finished.verdicts["HS-014"] == "not applicable"

    @pytest.mark.slow
    def test_a_server_without_websocket_conforms_undeclared_too(self, call: Call) -> None:
        with BackgroundServer(Options(transports=("polling",), allow_upgrades=False)) as server:
            finished = call("--target", server.url)
        assert (finished.exit_code, finished.detected("WebSocket transport")["present"]) == (0, False)

    def test_a_declared_transport_that_is_absent_fails(self, call: Call) -> None:
        with BackgroundServer(Options(transports=("polling",), allow_upgrades=False)) as server:
            finished = call("--target", server.url, "--transports", "polling,websocket")
        assert finished.exit_code == 1
        assert finished.verdicts["HS-014"] == "fail"


@pytest.fixture
def few_connections(call: Call, once: Once) -> Finished:
    """Run against the bundled server with the fewest connections."""
    return once("few connections", lambda: call("--connections", "6", env=AS_USERS_RUN))


class TestConnections:
    def test_no_more_connections_are_open_than_allowed(self, few_connections: Finished) -> None:
        exchanges = few_connections.report["exchanges"]
        # A connection is open from its first request to the end of its last exchange, at least.
        lives: dict[int, tuple[float, float]] = {}
        for exchange in exchanges:
            began, ended = lives.get(exchange["connection"], (exchange["started"], 0.0))
            lives[exchange["connection"]] = min(began, exchange["started"]), max(ended, exchange["ended"])
        most = max(sum(began <= at < ended for began, ended in lives.values()) for at, _ in lives.values())
        assert most <= 6

    def test_few_connections_give_the_same_verdicts(
        self, few_connections: Finished, bundled: Finished
    ) -> None:
        assert few_connections.judgements == bundled.judgements


class TestDetection:
    def test_the_session_cookie_is_found_under_any_name(self, call: Call) -> None:
        with BackgroundServer(Options(cookie=CookieOptions(name="route"))) as server:
            finished = call("--target", server.url)
        assert (finished.exit_code, finished.detected("session cookie")["value"]) == (0, "route")

    @pytest.mark.slow
    def test_a_server_without_the_cookie_conforms(self, call: Call) -> None:
        with BackgroundServer(Options(cookie=None)) as server:
            finished = call("--target", server.url)
        assert (finished.exit_code, finished.verdicts["CK-001"]) == (0, "not applicable")


class TestPytestsOwn:
    def test_k_selects_checks(self, call: Call) -> None:
        assert set(call("-k", "test_value_is_the_session_id").verdicts) == {"CK-002"}

    def test_x_stops_at_the_first_failure(self, call: Call) -> None:
        with hostile("copies_the_last_response") as port:
            finished = call("--target", f"http://{HOST}:{port}", "-x")
        found = list(finished.judgements.values())
        assert (finished.exit_code, found.count("fail")) == (1, 1)

    def test_lf_judges_only_what_failed(self, call: Call) -> None:
        with BackgroundServer(engine=SetsTheCookieAgain) as server:
            first = call("--target", server.url, "--case", "CK-*")
            second = call("--target", server.url, "--lf", folder=first.folder)
        failed = {node for node, verdict in first.judgements.items() if verdict == "fail"}
        assert second.judgements == dict.fromkeys(failed, "fail")

    @pytest.mark.parametrize("narrowing", [("--case", "CK-*"), pytest.param((), marks=pytest.mark.slow)])
    def test_two_processes_give_the_same_verdicts(
        self, run: Run, failing: Finished, narrowing: tuple[str, ...]
    ) -> None:
        with BackgroundServer(engine=SetsTheCookieAgain) as server:
            finished = run("--target", server.url, "-n", "2", *narrowing)
        judged = {
            judgement["node"]: judgement["verdict"]
            for entry in failing.report["requirements"]
            for judgement in entry["judgements"]
            if entry["id"].startswith("CK-") or not narrowing
        }
        assert finished.exit_code == failing.exit_code
        assert finished.judgements == judged

    def test_two_processes_write_one_report(self, run: Run) -> None:
        finished = run("-n", "2", "--case", "CK-00*", "--case", "HS-00*", "--junitxml", "junit.xml")
        assert finished.left_behind == {".pytest_cache", "eiospec-report", "junit.xml"}
        evidence = {
            id
            for entry in finished.report["requirements"]
            for judgement in entry["judgements"]
            for id in judgement["evidence"]
        }
        ids = [exchange["id"] for exchange in finished.report["exchanges"]]
        assert len(ids) == len(set(ids))
        assert evidence <= set(ids)
        assert {control["when"] for control in finished.report["controls"]} == {"first", "last"}


class TestList:
    def test_text_names_every_requirement_once(self, call: Call, bundled: Finished) -> None:
        lines = [line.split()[0] for line in call("--list").stdout.splitlines() if line.startswith("  ")]
        assert bundled.verdicts.keys() <= set(lines)
        assert len([id for id in lines if id in bundled.verdicts]) == len(bundled.verdicts)

    def test_json_has_level_and_source_of_each(self, call: Call) -> None:
        listed = json.loads(call("--list=json").stdout)
        by_id = {entry["id"]: entry for entry in listed["requirements"]}
        assert by_id["CK-002"]["level"] == "MUST"
        assert by_id["CK-002"]["url"].startswith("https://")
        assert by_id["HS-031"]["off by default"] is True

    def test_excluded_ranges_have_a_reason(self, call: Call) -> None:
        assert all(entry["reason"] for entry in json.loads(call("--list=json").stdout)["excluded"])

    @pytest.mark.parametrize("arguments", [("--list",), ("--explain", "CK-002")])
    def test_no_file_is_written(self, call: Call, arguments: tuple[str, ...]) -> None:
        finished = call(*arguments)
        assert (finished.exit_code, finished.left_behind, finished.stderr) == (0, set(), "")


class TestExplain:
    def test_shows_sentence_source_and_command(self, call: Call) -> None:
        explained = call("--explain", "ck-002").stdout
        assert "The session cookie's value is the session id of the open packet" in explained
        assert "https://socket.io/how-to/deal-with-cookies" in explained
        assert "eiospec --target URL --case CK-002" in explained

    def test_shows_why_a_requirement_has_no_check(self, call: Call) -> None:
        assert "reason" in call("--explain", "PL-001…028").stdout
