"""Runs with declarations of a user: profiles, the cookie, baselines; and the other commands."""
