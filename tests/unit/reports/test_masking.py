"""Secrets are masked in every document; equal values stay equal."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from handmade import Converse, Judge, Make

from eiospec.plugin.item_reports import masked_exception
from eiospec.reports.html import page
from eiospec.reports.junit import junit
from eiospec.reports.markdown import markdown
from eiospec.reports.masking import NOTHING, given_fields, mask, mask_of, substitute
from eiospec.reports.model import Document, document
from eiospec.reports.terminal import summary
from eiospec.verdicts import Run, Verdict
from eiospec.wire.exchange import Frame, Opcode

SID = "lv_VI97HAXpY6yYWAAAB"

Dump = Callable[..., str]


def get(*lines: bytes) -> bytes:
    return b"\r\n".join((b"GET /socket.io/ HTTP/1.1", b"Host: localhost", *lines, b"", b""))


def answer(*lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join((b"HTTP/1.1 200 OK", *lines, b"", body))


@pytest.fixture
def masked(make: Make, converse: Converse) -> Dump:
    """The first exchange of a document, as one text, after masking."""

    def dump(request: bytes | None = None, response: bytes | None = None, **fields: object) -> str:
        exchange = converse(request=request or get(), response=response or answer())
        made = document(make((), (exchange,), ours=(SID, "eiospec-ours"), **fields))
        return json.dumps(made["exchanges"][0], ensure_ascii=False)

    return dump


@pytest.mark.parametrize(
    ("line", "secret", "shown"),
    [
        (b"Authorization: Bearer tok_abcdef123", "tok_abcdef123", "Authorization: Bearer masked:"),
        (b"authorization:tok_abcdef123", "tok_abcdef123", "authorization:masked:"),
        (b"Proxy-Authorization: Digest user=bob-the-user", "bob-the-user", "Digest masked:"),
        (b"X-Api-Key: key_abcdef123", "key_abcdef123", "X-Api-Key: masked:"),
        (b"Cookie: theme=dark-blue; id=secretvalue", "secretvalue", "theme=masked:"),
        (b'Cookie: id="secretvalue"', "secretvalue", 'id=\\"masked:'),
        (b"Cookie: secretvalue", "secretvalue", "Cookie: masked:"),
        (b"Cookie: a=b=secretvalue==", "secretvalue", "a=masked:"),
    ],
)
def test_credentials_of_a_request_are_masked(masked: Dump, line: bytes, secret: str, shown: str) -> None:
    text = masked(get(line))
    assert secret not in text
    assert shown in text


@pytest.mark.parametrize(
    "line",
    [
        b"Set-Cookie: id=secretvalue; Path=/; HttpOnly",
        b"set-cookie:id=secretvalue",
        b"Set-Cookie: a=1; Path=/, id=secretvalue; Path=/",
        b"Set-Cookie: other=1;\r\n\tSet-Cookie: id=secretvalue",
    ],
)
def test_cookie_values_of_a_response_are_masked(masked: Dump, line: bytes) -> None:
    assert "secretvalue" not in masked(response=answer(line))


def test_attributes_and_names_are_kept(masked: Dump) -> None:
    text = masked(response=answer(b"Set-Cookie: id=secretvalue; Path=/chat; SameSite=Lax"))
    assert f"id={substitute('secretvalue')}; Path=/chat; SameSite=Lax" in text


@pytest.mark.parametrize(
    "value", [SID, f"node1~{SID}", f"node1.{SID}", "eiospec-ours", quote(f"n~{SID}", safe="")]
)
def test_our_values_are_kept(masked: Dump, value: str) -> None:
    assert f"io={value}" in masked(response=answer(b"Set-Cookie: io=" + value.encode()))


def test_equal_values_stay_equal(masked: Dump) -> None:
    text = masked(get(b"Cookie: id=secretvalue"), answer(b"Set-Cookie: id=secretvalue"))
    assert text.count(substitute("secretvalue")) == 4


@pytest.mark.parametrize("value", ["abc", "1", "on"])
def test_short_values_are_masked_in_the_header_fields_only(masked: Dump, value: str) -> None:
    text = masked(response=answer(f"Set-Cookie: id={value}".encode(), body=f"on abc 1 {value}".encode()))
    assert f"id={substitute(value)}" in text
    assert f"on abc 1 {value}" in text


def test_values_of_a_few_characters_are_masked_as_words(masked: Dump) -> None:
    text = masked(response=answer(b"Set-Cookie: id=lang", body=b"language lang"))
    assert f"language {substitute('lang')}" in text


def test_a_secret_inside_one_of_our_values_leaves_it_whole(masked: Dump) -> None:
    text = masked(response=answer(b"Set-Cookie: a=VI97HAXpY6", body=SID.encode() + b" VI97HAXpY6"))
    assert f"{SID} {substitute('VI97HAXpY6')}" in text


def test_basic_credentials_are_masked_decoded_too(masked: Dump) -> None:
    credentials = base64.b64encode(b"bob:correct horse")
    text = masked(
        get(b"Authorization: Basic " + credentials), answer(body=b"bob:correct horse and correct%20horse")
    )
    assert credentials.decode() not in text
    assert "correct" not in text


def test_octets_are_masked_before_they_are_cut(masked: Dump) -> None:
    flood = answer(b"Set-Cookie: id=secretvalue", body=b"x" * (64 * 1024 - 55) + b"secretvalue")
    assert "secre" not in masked(response=flood)


@pytest.fixture
def leaking(make: Make, judge: Judge, converse: Converse) -> Run:
    """A run with a secret in every place of a document."""
    secret = "s3cr/t'valu\u00e9"
    exchange = converse(
        request=get(b"Cookie: id=" + secret.encode("utf-8")),
        response=answer(body=json.dumps({"cookie": secret}).encode()),
        url=f"http://127.0.0.1:3000/?id={quote(secret, safe='')}",
        label=f"with {secret}",
        end_detail=secret,
        refusal=secret,
        after=secret.encode(),
        frames=(Frame(Opcode.TEXT, f"2{secret}".encode(), True, 0.1),),
    )
    judgement = judge(
        verdict=Verdict.FAIL,
        expected=f"nothing like {secret}",
        observed=repr(secret),
        reason=secret,
        remarks=(secret,),
        # Names that the suite gave: a target has no say in them.
        case="polling",
        node="test[polling]",
        reproduce=("curl -H 'Cookie: id=" + secret.replace("'", "'\"'\"'") + "'",),
    )
    options = {"header": f"Cookie: id={secret}"}
    return make((judgement,), (exchange,), exit_code=1, options=options)


@pytest.mark.parametrize("write", [json.dumps, lambda made: page([made]), markdown, summary])
def test_no_writer_leaks(leaking: Run, write: Callable[[Document], str]) -> None:
    text = write(document(leaking))
    assert "s3cr" not in text
    assert "valu\u00e9" not in text


def test_masking_can_be_switched_off(leaking: Run) -> None:
    assert "s3cr" in json.dumps(document(leaking, mask=False))


@pytest.mark.parametrize(
    "option", ["Authorization: Bearer tok_abcdef123", "['X-A: b', 'Authorization: Bearer tok_abcdef123']"]
)
def test_credentials_of_the_options_are_masked_though_nothing_was_sent(make: Make, option: str) -> None:
    assert "tok_abcdef123" not in json.dumps(document(make(options={"header": option}, exit_code=6)))


def test_a_password_in_the_target_is_masked_and_the_host_stays(make: Make) -> None:
    made = document(make(target="http://bob:hunter2@127.0.0.1:3000/socket.io/", exit_code=6))
    assert "hunter2" not in json.dumps(made)
    assert "@127.0.0.1:3000/socket.io/ could not be reached" in made["headline"]


def test_a_cookie_value_that_is_part_of_the_target_does_not_mask_the_target(
    make: Make, converse: Converse
) -> None:
    exchange = converse(response=answer(b"Set-Cookie: host=127.0.0.1:3000; Path=/"))
    assert document(make((), (exchange,)))["headline"].startswith("http://127.0.0.1:3000 conforms")


def test_sentences_of_ours_are_never_masked(make: Make, judge: Judge, converse: Converse) -> None:
    exchange = converse(response=answer(b"Set-Cookie: x=session"))
    assert "session id" in document(make((judge(),), (exchange,)))["requirements"][0]["sentence"]


def test_without_secrets_nothing_changes(failing: Run) -> None:
    assert mask_of(failing).text("a sentence") == "a sentence"


def test_junit_is_masked_with_the_mask_of_the_run(leaking: Run) -> None:
    text = junit(document(leaking))
    assert "s3cr" not in text
    assert "masked:" in text


def test_a_balancer_that_sets_a_new_cookie_each_time_costs_little(make: Make, converse: Converse) -> None:
    exchanges = tuple(
        converse(str(n), response=answer(f"Set-Cookie: AWSALB={n:060}+/=; Path=/".encode(), body=b"x" * 2000))
        for n in range(600)
    )
    began = time.process_time()
    document(make((), exchanges))
    assert time.process_time() - began < 5


SECRET = "tok_abcdef123-SECRET"


@pytest.mark.parametrize("name", ["CF-Access-Client-Secret", "Private-Token", "X-Anything"])
def test_the_value_of_a_given_field_is_masked_whatever_its_name(name: str) -> None:
    hide = mask((), (), (), "", given_fields({"--header": f"{name}: {SECRET}"}))
    assert SECRET not in hide.text(f"{name}: {SECRET}")
    assert hide.text("websocket") == "websocket"


@pytest.mark.parametrize(
    "echo",
    [
        quote(SECRET),
        "".join(f"%{octet:02X}" for octet in SECRET.encode()),
        "".join(f"%{octet:02x}" for octet in SECRET.encode()),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
    ],
)
def test_an_encoded_echo_is_masked(echo: str) -> None:
    hide = mask((), (), (), "", given_fields({"--header": f"Private-Token: {SECRET}"}))
    assert hide.text(f"“{echo}”").startswith("“masked:")


@pytest.mark.parametrize("kept", range(8, len(SECRET)))
def test_a_secret_that_was_cut_is_masked(kept: int) -> None:
    hide = mask((), (), (), "", given_fields({"--header": f"Private-Token: {SECRET}"}))
    for end in ("", "” … (400 octets)"):
        assert hide.text(f"“a={SECRET[:kept]}{end}") == f"“a={substitute(SECRET)}{end}"


def test_a_cookie_value_does_not_change_the_name_of_a_case(failing: Run, converse: Converse) -> None:
    judged = tuple(replace(judgement, case="polling") for judgement in failing.judgements)
    evil = converse(request=get(), response=answer(b"Set-Cookie: a=polling"))
    made = document(replace(failing, judgements=judged, exchanges=(*failing.exchanges, evil)))
    cases = {judgement["case"] for entry in made["requirements"] for judgement in entry["judgements"]}
    assert cases == {"polling"}


def test_the_exception_that_other_plugins_write_is_masked() -> None:
    hide = mask((), (), (), "", given_fields({"--header": f"Private-Token: {SECRET}"}))
    try:
        raise AssertionError(f"it echoes {SECRET}")
    except AssertionError:
        info = pytest.ExceptionInfo[BaseException].from_current()
    masked = masked_exception(info, hide)
    assert masked.exconly() == f"AssertionError: it echoes {substitute(SECRET)}"
    assert masked_exception(info, NOTHING) is info
