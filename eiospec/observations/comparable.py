"""What the application adds to responses: its cookies, and its fields whose value never changes.

Not the session cookie, no cookie of a balancer, and no field that describes one request or one client: a request id, a
duration, a rate limit. Of those a response of another kind may have none, or a different one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from eiospec.cookies.grammar import SetCookie
from eiospec.observations.balancer_cookies import OF_PRODUCTS
from eiospec.observations.survey import Sent, Sighting, Survey

# Fields about one request, one client, or the way between: proxies, CDNs, tracing, caches and limiters add them.
OF_ONE_REQUEST = re.compile(
    r"(x-)?rate-?limit(-.*)?|(x-)?(request|correlation|trace|transaction|amzn-request|amz-request)-?id|x-amzn?-.*"
    r"|x-amz-.*|x-b3-.*|traceparent|tracestate|x-cloud-trace-context|b3|server-timing|timing-allow-origin"
    r"|x-(runtime|response-time|process-time|timer|request-start|queue-time|elapsed.*|duration)|x-cache(-.*)?"
    r"|x-served-by|x-varnish|x-backend(-.*)?|x-server|x-node(-.*)?|x-instance(-.*)?|x-host(name)?|x-upstream(-.*)?"
    r"|cf-.*|x-vercel-.*|x-azure-.*|x-msedge-.*|x-envoy-.*|x-kong-.*|fly-.*|x-nf-.*|rndr-id|x-render-.*|x-railway-.*"
    r"|x-debug-.*|nel|report-to|reporting-endpoints|x-proxy-.*|x-forwarded-.*|proxy-status|cdn-.*|x-cdn.*|x-edge-.*"
    r"|x-accel-.*|x-litespeed-.*|x-turbo-.*|x-sendfile",
    re.IGNORECASE,
)
# A date, a time, or seconds, milliseconds or more since 1970: constant only because the run is short.
TIME = re.compile(r"\d{4}-\d\d-\d\d|\b\d{1,2}:\d\d\b|\b1[5-9]\d{8}(\d{3}|\d{6}|\d{9})?\b|\b1[5-9]\d{8}\.\d")


@dataclass(frozen=True, slots=True)
class Addition:
    """A cookie or a field, and the ids of the exchanges whose response has it."""

    name: str
    is_cookie: bool
    words: str
    where: frozenset[str]

    def on(self, sighting: Sighting) -> bool:
        """Return True when this response has it."""
        return sighting.exchange.id in self.where

    @property
    def verb(self) -> str:
        """The participle for a response that has it."""
        return "set" if self.is_cookie else "sent"

    def sent(self, sighting: Sighting) -> Sent:
        """Return what the request had of it. A made-up value counts as returned; of a field no request has anything."""
        if not self.is_cookie:
            return Sent.OTHERS if sighting.brought else Sent.NOTHING
        sent = sighting.sent(self.name)
        return Sent.RETURNED if sent is Sent.INVENTED else sent


def cookies_of(survey: Survey, others: Iterable[str] = ()) -> tuple[Addition, ...]:
    """Return the application's cookies: all but the session cookies, those of balancers, and `others`."""
    foreign = survey.session_cookies | set(others)
    names = [name for name in survey.cookies if name and name not in foreign and not OF_PRODUCTS.match(name)]
    where: dict[str, set[str]] = {name: set() for name in names}
    for sighting in survey.sightings:
        for cookie in sighting.cookies:
            if cookie.name in where and not deletes(cookie):
                where[cookie.name].add(sighting.exchange.id)
    return tuple(Addition(name, True, f"“{name}”", frozenset(where[name])) for name in names if where[name])


def fields_of(survey: Survey) -> tuple[Addition, ...]:
    """Return the application's fields with the same value on every response that has them."""
    names = [name for name in survey.fields if not OF_ONE_REQUEST.fullmatch(name)]
    where: dict[str, set[str]] = {name: set() for name in names}
    values: dict[str, set[str]] = {name: set() for name in names}
    for sighting in survey.sightings:
        for name, value in sighting.fields:
            if name in where:
                where[name].add(sighting.exchange.id)
                values[name].add(value)
    return tuple(
        Addition(name, False, f"{survey.spelled.get(name, name)}: {value}", frozenset(where[name]))
        for name in names
        for value in values[name]
        if len(values[name]) == 1 and not TIME.search(value)
    )


def deletes(cookie: SetCookie) -> bool:
    """Return True when this makes a user agent delete the cookie."""
    if cookie.max_age is not None:
        return cookie.max_age <= 0
    return cookie.expires is not None and cookie.expires <= datetime.now(UTC)
