"""axe-core finds no accessibility problem."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from browser.opening import Open
from eiospec.matrix.building import ensure_built
from eiospec.matrix.rows import Build

pytestmark = pytest.mark.asyncio(loop_scope="session")

HERE = Path(__file__).parent
AXE = Build(
    HERE,
    commands=("npm ci --no-audit --no-fund",),
    inputs=("package.json", "package-lock.json"),
    makes=("node_modules",),
    needs=("node", "npm"),
)

# Twice: what opens is filled when it does, and may have folds of its own.
UNFOLD = """async () => {
  for (let turn = 0; turn < 2; turn++) {
    document.querySelectorAll('details').forEach((one) => (one.open = true));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  }
}"""


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the script of axe-core, installed from npm."""
    with tempfile.TemporaryDirectory() as place:
        ensure_built(AXE, Path(place, "npm.log"))
    return (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def told(violations: list[dict[str, Any]]) -> list[str]:
    """Return a line for each violation, with the first elements that have it."""
    return [
        f"{one['id']}: {one['help']} ({[node['html'][:200] for node in one['nodes'][:3]]})"
        for one in violations
    ]


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("which", "hash"),
    [
        pytest.param("one", "", marks=pytest.mark.slow),
        ("one", "#open=CK-002.1"),
        pytest.param("three", "", marks=pytest.mark.slow),
        ("three", "#open=CK-002.1&beside=2"),
    ],
)
async def test_no_accessibility_problem_is_found(
    open_page: Open, request: pytest.FixtureRequest, axe: str, which: str, hash: str, scheme: str
) -> None:
    page = await open_page(request.getfixturevalue(which), hash, color_scheme=scheme, reduced_motion="reduce")
    await page.evaluate(UNFOLD)
    await page.evaluate(axe)
    found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert told(found["violations"]) == []
