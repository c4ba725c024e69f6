"""`eiospec probe` and `eiospec contract`: their output can be used as input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from runs.command import Call, Finished, Run
from targets import free_port

from eiospec.fixtures.balancer import Balancer, Cluster, Insert, Prefix, Rewrite, RoundRobin
from eiospec.fixtures.reference import (
    BackgroundServer,
    CookieOptions,
    CorsOptions,
    Engine,
    Options,
    Request,
    Session,
)
from eiospec.target.contract import CONTRACT
from eiospec.target.cors_option import CorsPolicy
from eiospec.target.profile import Sticky, Timings, parse_profile

# What a profile declares, and what is judged of it.
DECLARED = tuple(word for id in ("CA-*", "CK-005", "CK-011", "CO-*", "HS-013") for word in ("--case", id))
EVERY_ATTRIBUTE = CookieOptions(
    name="woot",
    path=False,
    http_only=False,
    same_site="none",
    secure=True,
    domain="a.example",
    max_age=86400,
    expires=datetime(2030, 1, 1, tzinfo=UTC),
    partitioned=True,
    priority="high",
)
SERVERS = {
    "the default": Options(),
    "no cookie": Options(cookie=None),
    "every attribute": Options(cookie=EVERY_ATTRIBUTE),
    "no attribute": Options(cookie=CookieOptions(path=False, http_only=False, same_site=False)),
    "any origin": Options(cors=CorsOptions(origin=True, credentials=True, exposed_headers=("x-a",))),
    "polling only": Options(transports=("polling",), allow_upgrades=False),
    "other timings": Options(ping_interval=2_500, ping_timeout=700, max_payload=5_000),
}

# The other ones are slow.
QUICK = {"the default", "every attribute"}


class SaysWhatNoOptionSays(Engine):
    """Sends attributes and values that no option can declare."""

    def session_cookie(self, request: Request, session: Session) -> str | None:
        return f"{super().session_cookie(request, session)}; SameSite=Odd; Max-Age=soon; Version=1"

    def open_packet(self, session: Session) -> dict[str, object]:
        return {**super().open_packet(session), "pingInterval": True, "maxPayload": -1}


@contextmanager
def probed(call: Call, options: Options, engine: type[Engine] = Engine) -> Iterator[tuple[Finished, str]]:
    """Probe a server that keeps running; yield the output and the server's URL."""
    with BackgroundServer(options, engine=engine) as server:
        yield call("probe", server.url), server.url


class TestProbe:
    @pytest.mark.parametrize(
        "server", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in SERVERS]
    )
    def test_the_server_conforms_to_the_printed_profile(
        self, call: Call, server: str, tmp_path: Path
    ) -> None:
        with probed(call, SERVERS[server]) as (printed, _):
            (tmp_path / "p.toml").write_text(printed.stdout, "utf-8")
            finished = call("--profile", str(tmp_path / "p.toml"), *DECLARED)
        assert (printed.exit_code, printed.stderr) == (0, "")
        assert (finished.exit_code, finished.ids("fail")) == (0, set())

    def test_the_printed_cookie_is_judged(self, call: Call, tmp_path: Path) -> None:
        with probed(call, Options(cookie=EVERY_ATTRIBUTE)) as (printed, _):
            (tmp_path / "p.toml").write_text(printed.stdout, "utf-8")
            finished = call("--profile", str(tmp_path / "p.toml"), "--case", "CA-011")
        (entry,) = finished.report["requirements"]
        assert {found["case"] for found in entry["judgements"] if found["verdict"] == "pass"} == {"declared"}

    def test_declares_the_cookie_it_has_seen(self, call: Call) -> None:
        with probed(call, Options(cookie=EVERY_ATTRIBUTE)) as (printed, _):
            profile = parse_profile(printed.stdout)
        assert profile.cookie == {
            "name": "woot",
            "path": False,
            "httpOnly": False,
            "sameSite": "none",
            "secure": True,
            "partitioned": True,
            "maxAge": 86400,
            "domain": "a.example",
            "expires": "2030-01-01T00:00:00+00:00",
            "priority": "high",
        }

    def test_declares_that_there_is_none(self, call: Call) -> None:
        with probed(call, Options(cookie=None)) as (printed, _):
            assert parse_profile(printed.stdout).cookie is False

    def test_declares_that_no_origin_is_allowed(self, call: Call) -> None:
        with probed(call, Options()) as (printed, _):
            assert parse_profile(printed.stdout).cors is False

    @pytest.mark.parametrize(
        ("origin", "credentials", "found"),
        [
            ("*", False, {"wildcard": True}),
            (True, False, {}),
            (
                "http://a.example",
                True,
                {"origins": ("http://a.example",), "fixed": True, "credentials": True},
            ),
        ],
    )
    def test_declares_the_origins_it_can_see(
        self, call: Call, origin: str | Literal[True], credentials: bool, found: dict[str, object]
    ) -> None:
        with probed(call, Options(cors=CorsOptions(origin=origin, credentials=credentials))) as (printed, _):
            profile = parse_profile(printed.stdout)
        methods = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE")
        assert profile.cors == CorsPolicy(methods=methods, **found)  # type: ignore[arg-type]

    def test_leaves_a_list_of_origins_to_the_reader(self, call: Call) -> None:
        with probed(call, Options(cors=CorsOptions(origin=["http://a.example"]))) as (printed, _):
            assert parse_profile(printed.stdout).cors is None
        assert "\n# [cors]\n" in printed.stdout

    @pytest.mark.parametrize(
        ("policy", "declared"),
        [
            (Insert, Sticky("insert", "serverid")),
            pytest.param(Prefix, Sticky("prefix"), marks=pytest.mark.slow),
            pytest.param(Rewrite, Sticky("rewrite"), marks=pytest.mark.slow),
            pytest.param(RoundRobin, Sticky("auto"), marks=pytest.mark.slow),
        ],
    )
    def test_declares_the_balancer_it_has_seen(
        self, call: Call, policy: type[Balancer], declared: Sticky
    ) -> None:
        with Cluster(policy) as cluster:
            printed = call("probe", cluster.url)
        assert parse_profile(printed.stdout).sticky == declared
        assert parse_profile(printed.stdout).revisions == ()

    def test_declares_where_it_looked_and_what_it_found(self, call: Call) -> None:
        with probed(call, SERVERS["polling only"]) as (printed, url):
            profile = parse_profile(printed.stdout)
        assert (profile.url, profile.transports, profile.revisions) == (url, ("polling",), (4,))

    def test_declares_the_timings(self, call: Call) -> None:
        with probed(call, SERVERS["other timings"]) as (printed, _):
            assert parse_profile(printed.stdout).timings == Timings(2_500, 700, 5_000)

    def test_shows_the_evidence(self, call: Call) -> None:
        with probed(call, Options()) as (printed, _):
            comments = [line for line in printed.stdout.splitlines() if line.startswith("#")]
        assert any("is the session id of the same handshake" in comment for comment in comments)
        assert any("; Path=/; HttpOnly; SameSite=Lax" in comment for comment in comments)

    def test_what_cannot_be_declared_is_a_comment(self, call: Call) -> None:
        with probed(call, Options(), SaysWhatNoOptionSays) as (printed, _):
            profile = parse_profile(printed.stdout)
        assert profile.timings == Timings(None, 20_000, None)
        assert all(f"# {said} cannot be declared" in printed.stdout for said in ("SameSite=Odd", "Version=1"))

    def test_writes_a_file_when_told_to(self, run: Run) -> None:
        with BackgroundServer() as server:
            finished = run("probe", server.url, "--out", "profile.toml")
        assert finished.stdout == "written: profile.toml\n"
        assert parse_profile((finished.folder / "profile.toml").read_text("utf-8")).url == server.url

    def test_writes_no_file_without_out(self, call: Call) -> None:
        with BackgroundServer() as server:
            assert call("probe", server.url).left_behind == set()

    def test_an_unreachable_server_is_6(self, call: Call) -> None:
        finished = call("probe", f"http://127.0.0.1:{free_port()}")
        assert (finished.exit_code, finished.stdout) == (6, "")
        assert finished.stderr.startswith("eiospec probe: ")

    @pytest.mark.parametrize(
        ("arguments", "advice"),
        [
            (("localhost:3000",), "write http://localhost:3000"),
            (("http://localhost", "--insecure"), "https and wss"),
            ((), "the following arguments are required: url"),
        ],
    )
    def test_a_usage_error_is_4(self, call: Call, arguments: tuple[str, ...], advice: str) -> None:
        finished = call("probe", *arguments)
        assert (finished.exit_code, finished.stdout) == (4, "")
        assert advice in finished.stderr

    def test_a_file_that_cannot_be_written_is_4(self, call: Call) -> None:
        with BackgroundServer() as server:
            finished = call("probe", server.url, "--out", "no/such/folder.toml")
        assert finished.exit_code == 4
        assert "no/such/folder.toml cannot be written: No such file" in finished.stderr


class TestContract:
    def test_prints_the_file_the_suite_reads(self, run: Run) -> None:
        finished = run("contract")
        assert (finished.exit_code, finished.stderr) == (0, "")
        assert json.loads(finished.stdout) == json.loads(CONTRACT.read_text("utf-8"))

    def test_writes_no_file(self, call: Call) -> None:
        assert call("contract").left_behind == set()
