"""Tests of the reference server over plain sockets."""
