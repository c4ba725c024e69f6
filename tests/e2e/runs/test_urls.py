"""Targets: every scheme, IPv6, any path, TLS, and a command that is started for the user."""

from __future__ import annotations

import shlex
import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from targets import HOST, free_port

from eiospec.fixtures.balancer import ApplicationLoadBalancer, Balancer, Cluster, Prefix
from eiospec.fixtures.reference import BackgroundServer, CookieOptions, Options
from eiospec.target.serve import answers
from runs.command import Call, Run

FEW = ("--case", "HS-*", "--case", "CK-*")
REFERENCE = [sys.executable, "-m", "eiospec.fixtures.reference"]


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return str(file)


@pytest.fixture(scope="module")
def encrypted(authority: trustme.CA) -> Iterator[BackgroundServer]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOST).configure_cert(context)
    with BackgroundServer(ssl=context) as server:
        yield server


class TestPlain:
    def test_ws_is_http(self, call: Call) -> None:
        with BackgroundServer() as server:
            finished = call("--target", server.url.replace("http:", "ws:"), *FEW)
        assert (finished.exit_code, finished.report["target"]) == (0, server.url)

    def test_without_a_path_it_is_socket_io(self, call: Call) -> None:
        with BackgroundServer() as server:
            finished = call("--target", server.origin, *FEW)
        assert (finished.exit_code, finished.report["target"]) == (0, f"{server.origin}/socket.io/")

    @pytest.mark.parametrize(
        "path", [pytest.param("/engine.io/", marks=pytest.mark.slow), "/chat/v2/socket.io/"]
    )
    def test_any_path_is_taken_as_given(self, call: Call, path: str) -> None:
        with BackgroundServer(Options(path=path)) as server:
            finished = call("--target", server.origin + path, *FEW)
        assert (finished.exit_code, finished.ids("warn")) == (0, set())

    def test_a_wrong_path_is_suggested(self, call: Call) -> None:
        with BackgroundServer() as server:
            finished = call("--target", f"{server.origin}/other/")
        assert finished.exit_code == 6
        assert "is the path right?" in " ".join(finished.stdout.split())

    @pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
    def test_ipv6_is_written_in_brackets(self, call: Call) -> None:
        with BackgroundServer(host="::1") as server:
            finished = call("--target", f"http://[::1]:{server.port}", *FEW)
        assert (finished.exit_code, finished.ids("warn")) == (0, set())


class TestEncrypted:
    @pytest.mark.parametrize("scheme", ["https", pytest.param("wss", marks=pytest.mark.slow)])
    def test_a_named_authority_is_trusted(
        self, call: Call, encrypted: BackgroundServer, ca_file: str, scheme: str
    ) -> None:
        finished = call("--target", encrypted.url.replace("https", scheme), "--ca", ca_file, *FEW)
        assert finished.exit_code == 0

    @pytest.mark.slow
    def test_a_cookie_without_secure_is_a_warning(
        self, call: Call, encrypted: BackgroundServer, ca_file: str
    ) -> None:
        finished = call("--target", encrypted.url, "--ca", ca_file)
        assert finished.ids("warn") == {"CA-019"}

    def test_insecure_accepts_an_unknown_authority(self, call: Call, encrypted: BackgroundServer) -> None:
        assert call("--target", encrypted.url, "--insecure", "--case", "CK-*").exit_code == 0

    def test_an_unknown_authority_is_6_and_names_the_options(
        self, call: Call, encrypted: BackgroundServer
    ) -> None:
        finished = call("--target", encrypted.url)
        assert finished.exit_code == 6
        assert "--ca FILE, or --insecure" in " ".join(finished.stdout.split())

    def test_another_authority_is_6(self, call: Call, encrypted: BackgroundServer, tmp_path: Path) -> None:
        trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
        assert call("--target", encrypted.url, "--ca", str(tmp_path / "other.pem")).exit_code == 6

    def test_plain_http_to_it_is_6(self, call: Call, encrypted: BackgroundServer) -> None:
        assert call("--target", encrypted.url.replace("https", "http")).exit_code == 6


@pytest.fixture(scope="module")
def context(authority: trustme.CA) -> ssl.SSLContext:
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOST).configure_cert(made)
    return made


class TestSecureCookies:
    """Secure cookies are stored over https only, and sent back over https and wss."""

    @pytest.mark.parametrize("scheme", ["https", pytest.param("wss", marks=pytest.mark.slow)])
    def test_secure_cookies_are_sent_back(
        self, call: Call, context: ssl.SSLContext, ca_file: str, scheme: str
    ) -> None:
        options = Options(cookie=CookieOptions(secure=True, same_site="none"))
        with BackgroundServer(options, ssl=context) as server:
            url = server.url.replace("https", scheme)
            finished = call(
                "--target", url, "--ca", ca_file, "--cookie", "io; Path=/; HttpOnly; SameSite=None; Secure"
            )
        assert (finished.exit_code, finished.ids("warn")) == (0, set())
        assert finished.ids("pass") >= {"CA-019", "CK-011", "PR-002", "PR-007", "PR-010", "PR-018"}

    @pytest.mark.parametrize(
        "policy", [Prefix, pytest.param(ApplicationLoadBalancer, marks=pytest.mark.slow)]
    )
    def test_secure_cookies_keep_sessions_on_their_node(
        self, call: Call, context: ssl.SSLContext, ca_file: str, policy: type[Balancer]
    ) -> None:
        options = Options(cookie=CookieOptions(secure=True))
        with Cluster(policy, options, ssl=context) as cluster:
            finished = call("--target", cluster.url, "--ca", ca_file, "--sticky", "auto")
        assert (finished.exit_code, finished.ids("warn")) == (0, set())
        assert "CA-019" in finished.ids("pass")
        assert "All of 40 sessions" in finished.report["balancer"]["diagnosis"]


class TestServed:
    def test_a_command_is_started_judged_and_stopped(self, run: Run) -> None:
        port = free_port()
        command = shlex.join([*REFERENCE, "--port", str(port)])
        finished = run("--target", f"http://{HOST}:{port}", "--serve", command, *FEW)
        assert (finished.exit_code, finished.ids("warn")) == (0, set())
        assert not answers(HOST, port, 1)

    @pytest.mark.slow
    def test_it_serves_every_process_of_a_run(self, run: Run) -> None:
        port = free_port()
        command = shlex.join([*REFERENCE, "--port", str(port)])
        finished = run("--target", f"http://{HOST}:{port}", "--serve", command, "-n", "2", "--case", "CK-*")
        assert finished.exit_code == 0
        assert not answers(HOST, port, 1)

    def test_a_port_that_is_taken_is_a_usage_error(self, call: Call) -> None:
        with BackgroundServer() as server:
            finished = call("--target", server.url, "--serve", shlex.join(REFERENCE))
        assert finished.exit_code == 4
        assert "something else already answers" in finished.stderr
