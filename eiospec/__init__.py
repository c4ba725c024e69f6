"""eiospec: the conformance suite for Engine.IO and Socket.IO servers."""

__version__ = "0.1.0"
