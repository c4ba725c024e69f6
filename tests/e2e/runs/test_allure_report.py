"""Allure 3 reads the results of a run: counts, labels and attachments."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eiospec.fixtures.reference import BackgroundServer
from eiospec.matrix.building import ensure_built
from eiospec.matrix.rows import Build
from runs.command import Call, Finished, Once
from runs.engines import SetsTheCookieAgain

pytestmark = pytest.mark.slow  # installs allure; what it is given is tested in test_documents.py

ALLURE = Path(__file__).resolve().parents[2] / "allure"
BUILD = Build(
    ALLURE,
    commands=("npm ci --ignore-scripts --no-audit --no-fund",),
    inputs=("package.json", "package-lock.json"),
    makes=("node_modules",),
    needs=("node", "npm"),
)
MOST_SECONDS = 120
# What allure calls a verdict.
STATUS = {"pass": "passed", "info": "passed", "warn": "passed", "fail": "failed", "not applicable": "skipped"}


@pytest.fixture(scope="module")
def judged(call: Call, once: Once) -> Finished:
    """Make a run with passes, a failure and verdicts that are not applicable."""

    def judge() -> Finished:
        with BackgroundServer(engine=SetsTheCookieAgain) as server:
            return call("--target", server.url, "--case", "CK-*", "--alluredir", "allure")

    return once("allure", judge)


@pytest.fixture(scope="module")
def report(judged: Finished) -> Iterator[Path]:
    """Yield the folder of the report that allure makes."""
    with tempfile.TemporaryDirectory(prefix="eiospec-allure-") as place:
        ensure_built(BUILD, Path(place, "npm.log"))
        made = Path(place, "report")
        allure = str(ALLURE / "node_modules" / ".bin" / "allure")
        command = [allure, "awesome", "allure", "--output", str(made)]
        subprocess.run(command, cwd=judged.folder, check=True, timeout=MOST_SECONDS, capture_output=True)
        yield made


@pytest.fixture(scope="module")
def results(report: Path) -> list[dict[str, Any]]:
    return [json.loads(file.read_bytes()) for file in report.rglob("test-results/*.json")]


@pytest.fixture(scope="module")
def failed(results: list[dict[str, Any]]) -> dict[str, Any]:
    (found,) = (result for result in results if result["status"] == "failed")
    return found


def test_every_judgement_is_counted(judged: Finished, results: list[dict[str, Any]]) -> None:
    verdicts = Counter(STATUS[verdict] for verdict in judged.judgements.values())
    assert Counter(result["status"] for result in results) == verdicts
    assert verdicts.keys() == {"passed", "failed", "skipped"}


def test_the_summary_has_the_counts(judged: Finished, report: Path) -> None:
    (summary,) = report.rglob("summary.json")
    stats = json.loads(summary.read_bytes())["stats"]
    assert (stats["total"], stats["failed"]) == (len(judged.judgements), 1)


def test_labels_arrive(failed: dict[str, Any]) -> None:
    labels = failed["groupedLabels"]
    assert {name: labels[name] for name in ("requirement", "verdict", "severity", "feature")} == {
        "requirement": ["CK-006"],
        "verdict": ["fail"],
        "severity": ["critical"],
        "feature": ["Session cookie: presence and value"],
    }


def test_id_and_level_are_tags(failed: dict[str, Any]) -> None:
    assert {"CK-006", "MUST"} <= {*failed["groupedLabels"]["tag"]}


def test_the_source_is_linked(failed: dict[str, Any]) -> None:
    assert [link["url"] for link in failed["links"]] == ["https://socket.io/how-to/deal-with-cookies"]


def test_the_octets_are_attached(report: Path, failed: dict[str, Any]) -> None:
    attached = [step["link"] for step in failed["steps"] if step["type"] == "attachment"]
    (file,) = report.rglob(f"attachments/{attached[0]['id']}.txt")
    assert attached[0]["name"].startswith("exchange ")
    assert "GET /socket.io/?EIO=4&transport=polling" in file.read_text("utf-8")
