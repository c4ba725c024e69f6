"""Credentials of a user's requests, which no document may show."""

SECRET = "tok3n-only-the-user-knows"
COOKIE_SECRET = "c00kie-only-the-user-knows"
