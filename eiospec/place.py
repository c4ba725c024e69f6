"""Where a check is judged: on the target itself, or on one of the mounts that the contract names.

A place is a string: `TARGET`, or the name of a mount.
"""

from __future__ import annotations

TARGET = ""
