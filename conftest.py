"""pytest's way in: registers the plugin, nothing else."""

pytest_plugins = ["eiospec.plugin.hooks"]
