"""Runs of the `eiospec` command in empty folders."""
