"""The attributes of each cookie, compared over all responses that set it."""

from __future__ import annotations

from eiospec.cookies.grammar import SetCookie
from eiospec.errors import NotApplicable
from eiospec.observations.comparable import deletes
from eiospec.observations.consistency import at
from eiospec.observations.evidence import sample
from eiospec.observations.survey import Sighting, Survey

# A cookie for pages of other sites has both, so they may differ by the Origin of the request.
BY_ORIGIN = ("Secure", "SameSite")


def attributes_of(cookie: SetCookie) -> dict[str, str]:
    """Return the attributes that are compared, in words. Of the lifetime only that there is one."""
    path, domain, same_site = cookie.path, cookie.domain, cookie.same_site
    lasts = cookie.max_age is not None or cookie.expires is not None
    return {
        "Path": f"Path={path}" if path else "no Path",
        "Domain": f"Domain={domain.lower()}" if domain else "no Domain",
        "Secure": "Secure" if cookie.secure else "no Secure",
        "HttpOnly": "HttpOnly" if cookie.http_only else "no HttpOnly",
        "SameSite": f"SameSite={same_site.capitalize()}" if same_site else "no SameSite",
        "lifetime": "Max-Age or Expires" if lasts else "neither Max-Age nor Expires",
    }


def differing_attributes(survey: Survey) -> list[str]:
    """Return the attributes with which an application's cookie is set only sometimes; deleting lines do not count."""
    compared, found = False, []
    first: dict[tuple[str, str, str], tuple[str, Sighting]] = {}
    differing: set[tuple[str, str]] = set()
    # Of the session cookie, CA-024 judges this.
    names = set(survey.cookies) - survey.session_cookies
    for sighting in survey.sightings:
        for cookie in sighting.cookies:
            if cookie.name not in names or deletes(cookie):
                continue
            for attribute, words in attributes_of(cookie).items():
                origin = sighting.origin if attribute in BY_ORIGIN else ""
                before, there = first.setdefault((cookie.name, attribute, origin), (words, sighting))
                compared |= there is not sighting
                if words != before and (cookie.name, attribute) not in differing:
                    differing.add((cookie.name, attribute))
                    found.append(
                        f"“{cookie.name}” with {before} ({at(there)}), and with {words} ({at(sighting)})"
                    )
    if not compared:
        raise NotApplicable("no cookie of the application was set by several responses")
    for _, sighting in list(first.values())[:3]:
        sample(sighting.exchange)
    return found
