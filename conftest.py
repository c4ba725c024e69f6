"""Registers the eiospec plugin, so that `pytest --target URL` works in a checkout."""

pytest_plugins = ["eiospec.plugin"]
