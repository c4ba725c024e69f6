"""pytest's hooks: from the command line to a conducted run, from a check's outcome to a verdict, to the reports."""
