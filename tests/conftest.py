"""Generated cases are judged by what they find, not by how fast the machine is."""

from importlib.util import find_spec

# `pytest --target URL` in a checkout loads this file, too, where only what the suites need is installed.
if find_spec("hypothesis"):
    from hypothesis import settings

    settings.register_profile("eiospec", deadline=None)
    settings.load_profile("eiospec")
