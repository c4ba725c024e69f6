"""`python -m eiospec`: the same as the `eiospec` command."""

import sys

from eiospec.cli import main

sys.exit(main())
