"""The handshake: its open packet, its answer, and how wrong requests are refused."""
