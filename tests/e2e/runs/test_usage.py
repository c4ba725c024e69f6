"""Usage errors: exit code 4 and one sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from targets import free_port

from runs.command import Call

MISTAKES = {
    "no scheme": (["--target", "localhost:3000"], "write http://localhost:3000"),
    "a query": (["--target", "http://localhost:3000/?EIO=4"], "use http://localhost:3000/"),
    "a fragment": (["--target", "http://localhost:3000/#top"], "use http://localhost:3000/"),
    "another scheme": (["--target", "ftp://localhost"], "use http, https, ws or wss"),
    "no host": (["--target", "http://"], "write http://127.0.0.1:3000"),
    "no such port": (["--target", "http://localhost:99999"], "Port out of range"),
    "white space": (["--target", "http://localhost/a b"], "percent-encode"),
    "a password": (["--target", "http://user:secret@localhost"], "--header 'Authorization: …'"),
    "an id nobody knows": (["--case", "CK-99"], "did you mean CK-0"),
    "a glob that matches nothing": (["--case", "ZZ-*"], "see --list"),
    "an area nobody knows": (["--with", "everything"], "use hygiene"),
    "a level nobody knows": (["--level", "may"], "use must or should"),
    "a specification nobody knows": (["--cookie-spec", "2965"], "use 6265bis or 6265"),
    "a transport nobody knows": (["--transports", "polling,pigeon"], "use polling, websocket"),
    "a list of another kind": (["--list=yaml"], "use text or json"),
    "no number of seconds": (["--max-wait", "soon"], "write for example --max-wait"),
    "negative seconds": (["--max-wait", "-1"], "from 0 to"),
    "too few connections": (["--connections", "1"], "from 6 to 64"),
    "half a connection": (["--connections", "7.5"], "whole number"),
    "no header field": (["--header", "Authorization"], "write --header 'Name: value'"),
    "a header field on two lines": (["--header", "A: b\r\nC: d"], "control characters"),
    "a header field of the connection": (["--header", "connection: close"], "the suite sets itself"),
    "a header field of the WebSocket": (["--header", "Sec-WebSocket-Key: x"], "the suite sets itself"),
    "a length": (["--header", "Content-Length: 5"], "the suite sets itself"),
    "an id nobody can explain": (["--explain", "HS-99"], "did you mean HS-0"),
    "no authority for http": (["--target", "http://localhost", "--insecure"], "https and wss"),
    "no such authority": (["--target", "https://localhost", "--ca", "none.pem"], "none.pem"),
    "a command nobody said where": (["--serve", "node server.js"], "--serve needs --target"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_usage_error_is_one_sentence(call: Call, mistake: str) -> None:
    arguments, advice = MISTAKES[mistake]
    finished = call(*arguments)
    assert finished.exit_code == 4
    assert finished.stdout == ""
    (sentence,) = finished.stderr.strip().splitlines()
    assert sentence.startswith("ERROR: ")
    assert advice in sentence


EMPTY = (
    "--target",
    "--profile",
    "--baseline",
    "--require",
    "--case",
    "--cookie",
    "--report",
    "--replay",
    "--serve",
)


@pytest.mark.parametrize("option", [*EMPTY, "--junitxml", "--alluredir", "--explain", "--header"])
def test_an_empty_value_is_a_usage_error(call: Call, option: str) -> None:
    finished = call(option, " ")
    assert finished.exit_code == 4
    assert f"{option} has an empty value" in finished.stderr


@pytest.mark.parametrize(
    "command", [["probe", ""], ["report", ""], ["compare", "a.json", " "], ["baseline", "--update", ""], [""]]
)
def test_an_empty_argument_of_a_command_is_a_usage_error(call: Call, command: list[str]) -> None:
    finished = call(*command)
    assert finished.exit_code == 4
    assert "leave" in finished.stderr


def test_a_profile_with_an_empty_url_is_a_usage_error(call: Call, tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text('[target]\nurl = ""\n', "utf-8")
    finished = call("--profile", str(profile))
    assert finished.exit_code == 4
    assert "target.url is empty" in finished.stderr


def test_collecting_only_judges_nothing_and_exits_with_5(call: Call) -> None:
    finished = call("--collect-only", "-q", "--case", "HS-001", "--no-report")
    assert finished.exit_code == 5
    assert "Nothing was judged" in finished.stdout


def test_an_unknown_option_is_named(call: Call) -> None:
    finished = call("--taget", "http://localhost")
    assert finished.exit_code == 4
    assert "unrecognized arguments: --taget" in finished.stderr
    assert "Traceback" not in finished.output


def test_a_url_without_option_suggests_target_and_writes_no_report(call: Call) -> None:
    finished = call("http://127.0.0.1:3000")
    assert (finished.exit_code, (finished.folder / "eiospec-report" / "report.json").exists()) == (4, False)
    assert "did you mean --target http://127.0.0.1:3000 ?" in finished.stderr


@pytest.mark.parametrize("folder", ["taken", "taken/report"])
def test_an_impossible_report_folder_is_refused_before_the_run(
    call: Call, tmp_path: Path, folder: str
) -> None:
    (tmp_path / "taken").touch()
    finished = call("--report", str(tmp_path / folder))
    assert finished.exit_code == 4
    assert "name another folder, or use --no-report" in finished.stderr
    assert "Traceback" not in finished.output


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("false", "`false` exited with status 1 before"),
        ("no-such-command", "no-such-command: "),
        ("node 'server.js", "No closing quotation"),
    ],
)
def test_a_command_that_does_not_serve_is_a_usage_error(call: Call, command: str, reason: str) -> None:
    finished = call("--target", f"http://127.0.0.1:{free_port()}", "--serve", command)
    assert finished.exit_code == 4
    assert reason in finished.stderr
    assert "Traceback" not in finished.output
