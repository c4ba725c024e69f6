"""Requirements of the catalogue that these suites do not judge, each with the reason.

An id may be a range of one area ("HI-001…017") when one reason applies to all of it.
"""

from __future__ import annotations

from eiospec.requirements import MUST, SHOULD, Excluded

REVISION_3 = "only cookies and hooks of revision 3 are judged so far"
JSONP = "only the initial_headers hook of JSONP is judged so far"
ENGINE = "not judged yet: these suites are about the handshake and cookies"

EXCLUDED = (
    Excluded("HS-038", SHOULD, "The handshake is available as JSONP.", JSONP),
    Excluded("V3-001…026", MUST, "Engine.IO revision 3.", REVISION_3),
    Excluded("PL-001…028", MUST, "The polling transport.", ENGINE),
    Excluded("WS-010…032", MUST, "The WebSocket transport, except WS-011 and WS-028.", ENGINE),
    Excluded("HB-004…013", MUST, "The heartbeat beyond the first ping.", ENGINE),
    Excluded("UP-001…017", MUST, "The upgrade in detail.", ENGINE),
    Excluded("CL-001…011", SHOULD, "Closing a session.", ENGINE),
    Excluded("SIO-001…042", MUST, "Socket.IO revision 5.", ENGINE),
    Excluded("CC-001…031", MUST, "Clients.", "needs a client to judge: these suites judge servers"),
)
