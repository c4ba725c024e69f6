"""Whole runs of the `eiospec` command, each a process of its own in an empty folder."""
