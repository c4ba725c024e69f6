"""The session cookie, its attributes, and the syntax of every Set-Cookie."""
