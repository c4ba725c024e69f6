"""Make the environment that the tests run in, or keep it: `python tests/environment.py FOLDER`, as tox.ini does.

tox makes an environment anew when another of its environments made it, so several cannot share one of its own. This
one is made once, and again when Python or the dependencies have changed.
"""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def make(folder: Path) -> None:
    """Install the checkout into the folder, editable and with the packages of the tests, unless it is installed."""
    wanted = json.dumps([sys.version, str(ROOT), (ROOT / "pyproject.toml").read_text("utf-8")])
    stamp = folder / "made-from.json"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder.with_name(f"{folder.name}.lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text("utf-8") == wanted:
            return
        # The pip that runs this installs another one: Debian's Python has none for new environments.
        venv.create(folder, clear=True, symlinks=True)
        pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "--quiet"]
        subprocess.run([*pip, "install", "pip", "--editable", f"{ROOT}[tests]"], check=True)
        stamp.write_text(wanted, "utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
