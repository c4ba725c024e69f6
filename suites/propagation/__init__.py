"""What happens to cookies after the handshake: polls, posts, upgrade."""
