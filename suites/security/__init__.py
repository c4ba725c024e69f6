"""Session ids that cannot be guessed, and requests that no well-behaved client sends."""
