"""The transports and the heartbeat, as far as nothing but the URL is needed."""
