"""`python -m eiospec`: the same as the `eiospec` command."""

import sys

from eiospec.plugin.console import main

sys.exit(main())
