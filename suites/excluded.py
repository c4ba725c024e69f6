"""What the catalogue of requirements has and these suites do not judge, each with the reason.

An id may stand for a range of one area ("HI-001…017") when one reason holds for all of it.
"""

from __future__ import annotations

from eiospec.fixtures.requirements import INFO, MUST, SHOULD, Excluded

DECLARATION = "needs a declaration of what the server was configured to do; the URL alone does not tell"
REVISION_3 = "revision 3 is prepared for and not judged yet"
ENGINE = "an area of its own, not judged yet: these suites are about the handshake and cookies"

EXCLUDED = (
    Excluded("HS-013", MUST, "The open packet advertises the configured timings.", DECLARATION),
    Excluded("HS-038", SHOULD, "The handshake is available as JSONP.", REVISION_3),
    Excluded("CK-003", MUST, "cookie: true means io, Path=/, HttpOnly and SameSite=Lax.", DECLARATION),
    Excluded("CK-005", MUST, "Without the cookie option no session cookie is sent.", DECLARATION),
    Excluded("CK-011", MUST, "A configured cookie name is used.", DECLARATION),
    Excluded("CK-013", MUST, "A configured encode function is applied.", DECLARATION),
    Excluded("CK-014", MUST, "The cookie carries a custom id.", DECLARATION),
    Excluded("CK-017", MUST, "The cookie is set in revision 3, too.", REVISION_3),
    Excluded(
        "CK-018",
        INFO,
        "A wrong cookie option is reported at start-up.",
        "needs a server that is started anew with a wrong configuration",
    ),
    Excluded("CA-001…014", MUST, "Every cookie option appears as configured, and nothing else.", DECLARATION),
    Excluded("CA-023", INFO, "Credentials across sites want SameSite=None.", DECLARATION),
    Excluded("PR-011…014", MUST, "Hook cookies come back, converge, and reach the application.", DECLARATION),
    Excluded("PR-021", INFO, "Cookies of a 101 may be ignored by user agents.", DECLARATION),
    Excluded("PR-022", SHOULD, "A session outlives its cookie.", DECLARATION),
    Excluded(
        "PR-024", MUST, "Cookies of a WebSocket-only handshake reach hooks and application.", DECLARATION
    ),
    Excluded("HI-001…017", MUST, "The initial_headers hook.", DECLARATION),
    Excluded("HH-001…022", MUST, "The headers hook.", DECLARATION),
    Excluded("HX-001…020", MUST, "Hooks, cookies, middleware and CORS together.", DECLARATION),
    Excluded("AR-001…013", MUST, "allowRequest.", DECLARATION),
    Excluded("ST-001…013", MUST, "Sticky sessions behind a balancer.", DECLARATION),
    Excluded("CO-001…018", MUST, "CORS and credentials.", DECLARATION),
    Excluded("SE-001…022", SHOULD, "Session ids and robustness, but for SE-018 and SE-021.", ENGINE),
    Excluded("V3-001…026", MUST, "Engine.IO revision 3.", REVISION_3),
    Excluded("PL-001…028", MUST, "The polling transport.", ENGINE),
    Excluded(
        "WS-001…032", MUST, "The WebSocket transport, but for WS-008, WS-009, WS-011 and WS-028.", ENGINE
    ),
    Excluded("HB-004…013", MUST, "The heartbeat beyond the first ping.", ENGINE),
    Excluded("UP-001…017", MUST, "The upgrade in detail.", ENGINE),
    Excluded("CL-001…011", SHOULD, "Closing a session.", ENGINE),
    Excluded("SIO-001…042", MUST, "Socket.IO revision 5.", ENGINE),
    Excluded("CC-001…031", MUST, "Clients.", "needs a client to judge: these suites judge servers"),
)
