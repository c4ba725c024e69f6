"""Runs one command and writes what it cost: `python measured.py COSTS COMMAND ARGUMENT…`; the status is the command's.

The kernel's peak of a child's memory counts what the child was before it became the command: a copy of its
parent, and a test process is large. So a small parent starts the command: this one, which imports little.
An interrupt is left to the command, which is in the same process group.
"""

import json
import os
import resource
import signal
import sys
import time

costs, *command = sys.argv[1:]
signal.signal(
    signal.SIGINT, lambda *_: None
)  # a handler, as an ignored signal would stay ignored by the command
began = time.monotonic()
pid = os.spawnv(os.P_NOWAIT, command[0], command)
_, status = os.waitpid(pid, 0)
seconds = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
spent = {
    "seconds": seconds,
    "peak_octets": used.ru_maxrss * 1024,
    "cpu_seconds": used.ru_utime + used.ru_stime,
}
with open(costs, "w", encoding="ascii") as file:
    json.dump(spent, file)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
