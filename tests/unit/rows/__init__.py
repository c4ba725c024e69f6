"""The matrix: its rows, their builds, and the command."""
