"""Tests of the matrix: rows, builds, results, and the command."""
