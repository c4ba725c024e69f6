"""Tests of the bundled reference server, asked with plain sockets."""
