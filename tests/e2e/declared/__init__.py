"""Whole runs of what a user declares: profiles, the cookie, baselines; and the commands beside a run."""
