"""The conformance apps do what their profiles declare; their frameworks are judged by the suite."""

from __future__ import annotations

import shlex
import time
from email.utils import parsedate_to_datetime

import pytest
from reference.peer import Client
from targets import BUN, HOST, NODE, PYTHON, free_port, install_node_packages

from apps.running import APPS, COMMANDS, PATH, WITH_HOOKS, WITH_MIDDLEWARE, App, declared
from eiospec.fixtures.reference import BackgroundServer
from eiospec.fixtures.reference.conformance import contract_options
from eiospec.target.serve import serve

POLLING = "EIO=4&transport=polling"
# Seconds after which the hook “late” has run, on a busy machine too: it sets its header after 0.05 s.
LATE = 0.1
MOUNTS = ("main", "cors", "plain", "cookie-a", "cookie-b", "cookie-c", "cookie-d")
DECLARED = [(app, mount) for app in APPS for mount in declared(app).mounts]
UNDECLARED = [(app, mount) for app in APPS for mount in MOUNTS if mount not in declared(app).mounts]

# Attributes of the session cookie; "Expires" of cookie-d is a day from the start.
ATTRIBUTES = {
    "main": {"Path=/", "HttpOnly", "SameSite=Lax"},
    "cors": {"Path=/", "HttpOnly", "SameSite=Lax"},
    "revision3": {"Path=/", "HttpOnly", "SameSite=Lax"},
    "cookie-a": {"Max-Age=86400", "Domain=cookies.example", "Path=/custom", "SameSite=Strict"},
    "cookie-b": {"Expires=Tue, 01 Jan 2030 00:00:00 GMT", "HttpOnly", "Secure", "SameSite=None"},
    "cookie-c": {"Max-Age=1", "Path=/", "HttpOnly", "Secure", "Partitioned", "Priority=High"},
    "cookie-d": {"Max-Age=86400", "Path=/", "HttpOnly", "SameSite=Strict"},
}
WITH_COOKIE = [(app, mount) for app, mount in DECLARED if mount in ATTRIBUTES and app != "bun"]
WITHOUT_COOKIE = [(app, mount) for app, mount in DECLARED if (app, mount) not in WITH_COOKIE]


@pytest.mark.parametrize("name", APPS)
def test_an_app_starts_with_one_command_and_prints_its_url(name: str) -> None:
    for folder in {"node": [NODE], "bun": [BUN], "python": [PYTHON]}.get(name, []):
        install_node_packages(folder)
    port = free_port()
    command = COMMANDS[name] + (["--port", str(port)] if name == "reference" else [])
    path = "/socket.io/" if name == "reference" else f"{PATH}main/"
    with serve(shlex.join(command), HOST, port, env={"PORT": str(port)}) as served:
        status = Client(port, path).handshake().status
    assert (status, served.last_lines) == (200, (f"http://{HOST}:{port}{path}",))


@pytest.mark.parametrize(("app", "mount"), DECLARED, indirect=["app"])
def test_a_declared_mount_answers_a_websocket_handshake(app: App, mount: str) -> None:
    with app.mount(mount).websocket():
        pass


@pytest.mark.parametrize(("app", "mount"), UNDECLARED, indirect=["app"])
def test_a_mount_the_profile_leaves_out_is_not_there(app: App, mount: str) -> None:
    assert app.mount(mount).ask("GET", POLLING).status == 404


# Options and revisions


@pytest.mark.parametrize("app", ["node", "reference"], indirect=True)
@pytest.mark.parametrize("query", ["EIO=3&transport=polling", "EIO=3&transport=polling&j=0"])
def test_a_mount_serves_revision_3(app: App, query: str) -> None:
    answer = app.mount("revision3").ask("GET", f"{query}&hook=howto")
    assert answer.status == 200
    assert {cookie.partition("=")[0] for cookie in answer.cookies} == {"io", "uid"}
    assert answer.one("x-initial") == answer.one("x-every") == "1"


@pytest.mark.parametrize(("app", "mount"), WITH_COOKIE, indirect=["app"])
def test_the_session_cookie_has_the_attributes_of_the_mount(app: App, mount: str) -> None:
    (line,) = app.mount(mount).handshake().cookies
    attributes = set(line.split("; ")[1:])
    if mount == "cookie-d":
        (expires,) = {attribute for attribute in attributes if attribute.startswith("Expires=")}
        attributes.remove(expires)
        left = parsedate_to_datetime(expires.removeprefix("Expires=")).timestamp() - time.time()
        assert 86400 - 300 < left <= 86400
    assert attributes == ATTRIBUTES[mount]


@pytest.mark.parametrize(("app", "mount"), WITH_COOKIE, indirect=["app"])
def test_the_session_cookie_is_named_and_encoded_as_the_mount_says(app: App, mount: str) -> None:
    (line,), opened = app.handshake(mount)
    name, _, value = line.partition(";")[0].partition("=")
    sid = opened["sid"]
    encoded = "".join(f"%{octet:02X}" for octet in sid.encode()) if mount == "cookie-b" else sid
    assert (name, value) == ("woot" if mount.startswith("cookie-") else "io", encoded)


@pytest.mark.parametrize(("app", "mount"), WITHOUT_COOKIE, indirect=["app"])
def test_without_the_cookie_option_there_is_no_cookie(app: App, mount: str) -> None:
    assert app.mount(mount).handshake().cookies == []


@pytest.mark.parametrize("app", ["node", "bun", "reference"], indirect=True)
def test_plain_announces_its_timings_and_limit(app: App) -> None:
    found = app.mount("plain").handshake().open
    assert [found[key] for key in ("pingInterval", "pingTimeout", "maxPayload")] == [300, 200, 1000]


@pytest.mark.parametrize("app", ["node", "reference"], indirect=True)
def test_custom_ids_are_numbered(app: App) -> None:
    first, second = (app.mount("cookie-c").session() for _ in range(2))
    assert first.startswith("custom-")
    assert int(second.removeprefix("custom-")) == int(first.removeprefix("custom-")) + 1


@pytest.mark.parametrize("app", ["node", "bun", "reference"], indirect=True)
def test_cors_allows_the_good_origin(app: App) -> None:
    answer = app.mount("cors").handshake("Origin: http://good.example")
    assert answer.one("access-control-allow-origin") == "http://good.example"
    assert answer.one("access-control-expose-headers") == "x-eiospec"


# Callbacks


@pytest.mark.parametrize("mount", ["main", "cors"])
@pytest.mark.parametrize("app", WITH_HOOKS, indirect=True)
def test_howto_shows_that_both_hooks_ran_with_their_arguments(app: App, mount: str) -> None:
    answer = app.mount(mount).ask("GET", f"{POLLING}&hook=howto", "Cookie: randomId=x")
    shown = ("x-initial", "x-initial-2", "x-number", "x-every", "x-initial-cookie", "x-seen-cookie")
    assert [answer.one(name) for name in shown] == ["1", "2", "5", "1", "randomId=x", "randomId=x"]
    assert "uid=1234; SameSite=Strict" in answer.cookies


@pytest.mark.parametrize("app", WITH_HOOKS, indirect=True)
def test_howto_runs_on_a_websocket_handshake(app: App) -> None:
    peer, answer = app.mount("main").opening("EIO=4&transport=websocket&hook=howto")
    peer.socket.close()
    assert (answer.status, answer.one("x-initial"), answer.one("x-every")) == (101, "1", "1")
    assert "uid=1234; SameSite=Strict" in answer.cookies


@pytest.mark.parametrize("app", WITH_HOOKS, indirect=True)
def test_howto_sets_randomid_for_a_session_that_sends_another_cookie(app: App) -> None:
    client = app.mount("main")
    sid = client.session()
    answer = client.ask("POST", f"{POLLING}&sid={sid}&hook=howto", "Cookie: a=b", body=b"40")
    assert answer.cookies == ["randomId=abc; Max-Age=86400"]


@pytest.mark.parametrize("app", APPS, indirect=True)
def test_a_request_that_asks_for_nothing_gets_nothing(app: App) -> None:
    answer = app.mount("main").handshake("Cookie: a=b")
    assert not [name for name, _ in answer.lines if name.lower().startswith("x-")]
    assert len(answer.cookies) == (0 if app.name == "bun" else 1)


@pytest.mark.parametrize("name", ["constructor", "__proto__", "toString", "nope", ""])
@pytest.mark.parametrize("app", WITH_HOOKS, indirect=True)
def test_an_unknown_name_is_nothing(app: App, name: str) -> None:
    assert app.mount("main").ask("GET", f"{POLLING}&hook={name}&allow={name}&mw={name}").status == 200


@pytest.mark.parametrize(
    ("hook", "name", "value"),
    [
        ("vary", "vary", "Accept-Language"),
        ("lower", "set-cookie", "a=1"),
        ("samename", "set-cookie", "io=evil"),
    ],
)
@pytest.mark.parametrize("app", ["node", "bun"], indirect=True)
def test_a_hook_sets_what_its_name_says(app: App, hook: str, name: str, value: str) -> None:
    assert value in app.mount("main").ask("GET", f"{POLLING}&hook={hook}").all(name)


@pytest.mark.parametrize("app", WITH_HOOKS, indirect=True)
def test_an_array_is_two_cookies_now_and_two_others_later(app: App) -> None:
    client = app.mount("main")
    first = client.ask("GET", f"{POLLING}&hook=array")
    later = client.ask("POST", f"{POLLING}&hook=array&sid={first.open['sid']}", body=b"40")
    assert [cookie for cookie in first.cookies if not cookie.startswith("io=")] == ["a=1", "b=2"]
    assert later.cookies == ["c=3", "d=4"]


@pytest.mark.parametrize("app", WITH_HOOKS, indirect=True)
def test_rotate_sets_another_value_each_time(app: App) -> None:
    client = app.mount("main")
    first, second = (client.ask("GET", f"{POLLING}&hook=rotate").cookies[-1] for _ in range(2))
    assert first.startswith("n=")
    assert first != second


@pytest.mark.parametrize("app", WITH_HOOKS, indirect=True)
def test_a_late_header_is_not_sent_and_breaks_nothing(app: App) -> None:
    client = app.mount("main")
    assert client.ask("GET", f"{POLLING}&hook=late").all("x-late") == []
    late = time.monotonic() + LATE
    while time.monotonic() < late:
        assert client.handshake().status == 200


@pytest.mark.parametrize("app", WITH_HOOKS, indirect=True)
def test_calls_are_counted_by_token(app: App) -> None:
    client, token = app.mount("main"), f"calls-{app.name}"
    sid = client.ask("GET", f"{POLLING}&count={token}").open["sid"]
    assert app.state(token) == {"initial": 1, "headers": 1, "allow": 1}
    client.ask("POST", f"{POLLING}&sid={sid}&count={token}", body=b"40")
    assert app.state(token)["headers"] == 2
    assert app.state(f"no-{token}") == {"initial": 0, "headers": 0, "allow": 0}


@pytest.mark.parametrize(
    ("allow", "cookie", "status"),
    [("deny", "a=b", 403), ("message", "a=b", 403), ("cookie", "refuse=1", 403), ("cookie", "a=b", 200)],
)
@pytest.mark.parametrize("app", WITH_HOOKS, indirect=True)
def test_allow_request_decides(app: App, allow: str, cookie: str, status: int) -> None:
    answer = app.mount("main").ask(
        "GET", f"{POLLING}&allow={allow}", f"Cookie: {cookie}", "Connection: close"
    )
    assert answer.status == status


@pytest.mark.parametrize("app", WITH_HOOKS, indirect=True)
def test_a_late_decision_leaves_the_hook_a_session_id(app: App) -> None:
    answer = app.mount("main").ask("GET", f"{POLLING}&allow=async&hook=howto")
    assert answer.one("x-session") == "S1"


@pytest.mark.parametrize("app", WITH_MIDDLEWARE, indirect=True)
def test_a_middleware_marks_the_101(app: App) -> None:
    peer, answer = app.mount("main").opening("EIO=4&transport=websocket&mw=plain")
    peer.socket.close()
    assert answer.one("x-mw") == "1"
    assert "mw=1" in answer.cookies


@pytest.mark.parametrize("app", WITH_MIDDLEWARE, indirect=True)
def test_the_session_middleware_adds_its_cookie_once(app: App) -> None:
    client = app.mount("main")
    first = client.ask("GET", f"{POLLING}&mw=session")
    (cookie,) = [line for line in first.cookies if line.startswith("connect.sid=")]
    again = client.ask("GET", f"{POLLING}&mw=session", f"Cookie: {cookie.partition(';')[0]}")
    assert [line.partition("=")[0] for line in first.cookies] == ["io", "connect.sid"]
    assert [line.partition("=")[0] for line in again.cookies] == ["io"]


@pytest.mark.parametrize(("mw", "status"), [("fail", 400), ("end", 503)])
@pytest.mark.parametrize("app", WITH_MIDDLEWARE, indirect=True)
def test_a_middleware_fails_or_ends_the_request(app: App, mw: str, status: int) -> None:
    answer = app.mount("main").ask("GET", f"{POLLING}&mw={mw}&hook=howto")
    assert (answer.status, answer.cookies, answer.all("x-initial")) == (status, [], [])


# Socket.IO on top


@pytest.mark.parametrize("namespace", ["", "/custom,"])
@pytest.mark.parametrize("app", APPS, indirect=True)
def test_the_application_is_that_of_the_official_suites(app: App, namespace: str) -> None:
    with app.mount("main").websocket("Cookie: a=b") as peer:
        peer.frame(1, f'40{namespace}{{"token":1}}')
        assert peer.text().startswith(f'40{namespace}{{"sid":')
        assert peer.text() == f'42{namespace}["auth",{{"token":1}}]'
        peer.frame(1, f'42{namespace}["message",1,"2",{{"3":[false]}}]')
        assert peer.text() == f'42{namespace}["message-back",1,"2",{{"3":[false]}}]'
        peer.frame(1, f'42{namespace}7["message-with-ack",1,"2"]')
        assert peer.text() == f'43{namespace}7[1,"2"]'
        peer.frame(1, f'42{namespace}8["cookie"]')
        assert peer.text() == f'43{namespace}8["a=b"]'


@pytest.mark.parametrize("app", APPS, indirect=True)
def test_without_a_cookie_field_the_cookie_event_is_acknowledged_with_null(app: App) -> None:
    with app.mount("main").websocket() as peer:
        peer.frame(1, "40")
        assert [peer.text()[:2], peer.text()[:2]] == ["40", "42"]
        peer.frame(1, '420["cookie"]')
        assert peer.text() == "430[null]"


@pytest.mark.parametrize("event", ["message-with-ack", "cookie"])
@pytest.mark.parametrize("app", APPS, indirect=True)
def test_an_event_without_acknowledgement_breaks_nothing(app: App, event: str) -> None:
    with app.mount("main").websocket() as peer:
        peer.frame(1, "40")
        assert [peer.text()[:2], peer.text()[:2]] == ["40", "42"]
        peer.frame(1, f'42["{event}",1]')
        peer.frame(1, '42["message",1]')
        assert peer.text() == '42["message-back",1]'


# The reference server


def test_the_reference_server_stays_the_default_target() -> None:
    with BackgroundServer(contract_options()) as server:
        assert server.url == f"{server.origin}/socket.io/"
        assert Client(server.port).handshake().cookies[0].startswith("io=")


@pytest.mark.parametrize("app", ["reference"], indirect=True)
def test_the_reference_server_survives_its_hooks(app: App) -> None:
    client = app.mount("main")
    statuses = [
        client.ask("GET", f"{POLLING}&{query}").status
        for query in ("hook=throw", "hook=echo&xecho=a%0d%0ab:1")
    ]
    assert [*statuses, client.handshake().status] == [500, 500, 200]
