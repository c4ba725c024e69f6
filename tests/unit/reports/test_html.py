"""The page: inert, self-contained, complete, fast."""

from __future__ import annotations

import dataclasses
import json
import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from handmade import Judge, Make
from handmade_runs import HOSTILE, hostile_run
from handmade_sessions import Journal, sticky

from eiospec.reports import html
from eiospec.reports.comparison import compared
from eiospec.reports.html import write_html
from eiospec.reports.model import document, sealed
from eiospec.verdicts import BalancerSeen, RequirementSet, Run, Verdict

BEHIND = BalancerSeen("All of 3 sessions stayed on their node.", "x-node", "", ("app1", "app2"))
VOID = {"meta", "input", "rect"}


class Page(HTMLParser):
    """A parser that reads the page roughly as a browser does."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.held: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.text.append(data)
        elif self.elements[-1][1].get("type") == "application/json":
            self.held.append(data)

    def attributes(self, tag: str, name: str) -> list[str]:
        return [
            attributes[name] or ""
            for found, attributes in self.elements
            if found == tag and name in attributes
        ]


@pytest.fixture
def shape(failing: Run) -> tuple[set[str], set[str]]:
    """The elements and attribute names a page may have: those of a harmless run."""
    page = Page(html.page([document(failing)]))
    return {tag for tag, _ in page.elements}, {name for _, attributes in page.elements for name in attributes}


@pytest.fixture
def hostile_page() -> Callable[[str], str]:
    """Makes the page of a run with a text in every place that a target can write to."""
    return lambda text: html.page([document(hostile_run(text))])


@pytest.mark.parametrize("text", HOSTILE)
def test_a_target_can_add_no_element_and_no_attribute(
    hostile_page: Callable[[str], str], shape: tuple[set[str], set[str]], text: str
) -> None:
    page = Page(hostile_page(text))
    tags, names = shape
    assert {tag for tag, _ in page.elements} <= tags | {"p", "code", "b"}
    assert {name for _, attributes in page.elements for name in attributes} <= names
    assert (page.unbalanced, page.open) == ([], [])


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_the_page_is_interpreted(hostile_page: Callable[[str], str], text: str) -> None:
    assert all(character.isprintable() or character == "\n" for character in hostile_page(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_links_lead_into_the_page_or_to_a_web_address(hostile_page: Callable[[str], str], text: str) -> None:
    assert all(re.match(r"#|https?://", link) for link in Page(hostile_page(text)).attributes("a", "href"))


@pytest.mark.parametrize("text", HOSTILE[:6])
def test_hostile_text_is_shown_unchanged(hostile_page: Callable[[str], str], text: str) -> None:
    assert text in "".join(Page(hostile_page(text)).text)


@pytest.mark.parametrize("text", HOSTILE)
def test_embedded_data_is_not_executed(hostile_page: Callable[[str], str], text: str) -> None:
    held = Page(hostile_page(text)).held
    assert [type(json.loads(one)) for one in held] == [dict, dict]
    assert not any(character in "<>&" or not " " <= character <= "~" for one in held for character in one)


def test_one_style_and_one_script_are_allowed_by_their_hashes(failing: Run) -> None:
    page = Page(html.page([document(failing)]))
    policy = page.attributes("meta", "content")[0]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'; script-src 'sha256-[\w+/=]{44}'; "
        r"base-uri 'none'; form-action 'none'",
        policy,
    )
    scripts = [attributes.get("type") for tag, attributes in page.elements if tag == "script"]
    assert scripts == ["application/json", "application/json", None]
    assert [tag for tag, _ in page.elements].count("style") == 1


def test_the_page_makes_no_requests(failing: Run) -> None:
    page = Page(html.page([document(failing)]))
    assert not any(
        {"src", "style", "srcset", "data", "action"} & set(attributes) for _, attributes in page.elements
    )
    assert not {tag for tag, _ in page.elements} & {"link", "img", "iframe", "object", "form", "base"}


def test_the_verdict_is_the_heading(failing: Run) -> None:
    assert "<h1>http://127.0.0.1:3000 does not conform: 1 MUST</h1>" in html.page([document(failing)])


def test_links_within_the_page_have_targets(failing: Run) -> None:
    page = Page(html.page([document(failing)]))
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {link[1:] for link in page.attributes("a", "href") if link.startswith("#")} <= ids


def test_ids_are_unique(failing: Run) -> None:
    ids = [
        attributes["id"]
        for _, attributes in Page(html.page([document(failing)])).elements
        if "id" in attributes
    ]
    assert len(ids) == len(set(ids))


def test_every_table_has_headings_with_a_scope(failing: Run) -> None:
    page = Page(html.page([document(failing)]))
    assert all("scope" in attributes for tag, attributes in page.elements if tag == "th")


@pytest.mark.parametrize(
    "expected",
    [
        "The session cookie's value is the session id",
        "io=lv_VI97HAXpY6yYWAAAB",
        "mount /cors",
        "pytest --target http://127.0.0.1:3000 suites/cookies -k CK-002",
        "no known server sends it",
        "the open packet lists no upgrade",
        "a matter of taste",
        "its value is the session id",
        "ping every 300 ms, pong within 200 ms",
    ],
)
def test_the_page_is_complete_without_its_script(failing: Run, expected: str) -> None:
    assert expected in "".join(Page(html.page([document(failing)])).text)


@pytest.fixture
def sticky_run(make: Make, judge: Judge) -> Run:
    """Eight sessions behind a balancer, two of which are lost on the way."""
    journal = Journal()
    sids = tuple(
        sticky(journal, f"s{number}", f"app{number % 3}", lost_at=9 if number in (4, 7) else 0)
        for number in range(8)
    )
    lost = tuple(
        exchange.id
        for exchange in journal.exchanges
        if exchange.response is not None and exchange.response.status == 400
    )
    return make(
        (judge("ST-001", Verdict.FAIL, evidence=lost), judge("ST-006", evidence=("1", "2"))),
        tuple(journal.exchanges),
        exit_code=1,
        ours=sids,
    )


class TestSequences:
    def test_each_sequence_is_drawn_once(self, sticky_run: Run) -> None:
        page = Page(html.page([document(sticky_run)]))
        figures = [attributes["id"] for tag, attributes in page.elements if tag == "figure"]
        assert figures == ["s1", "s2", "s3"]
        assert [tag for tag, _ in page.elements].count("svg") == 1 + len(figures)

    def test_a_lost_session_is_drawn_before_the_findings(self, sticky_run: Run) -> None:
        page = html.page([document(sticky_run)])
        assert page.index("The lost session") < page.index('id="findings"')

    def test_sequences_follow_unrelated_findings(self, sticky_run: Run, judge: Judge) -> None:
        judgements = (judge("HS-002", Verdict.FAIL, evidence=("2",)),)
        page = html.page([document(dataclasses.replace(sticky_run, judgements=judgements))])
        assert page.index("A session, from handshake to upgrade") > page.index('id="findings"')

    def test_sequences_are_linked_from_exchanges(self, sticky_run: Run) -> None:
        held = json.loads(Page(html.page([document(sticky_run)])).held[1])
        assert set(held["sessions"].values()) == {1, 2, 3}

    def test_sequences_have_a_name_a_description_and_a_text(self, sticky_run: Run) -> None:
        page = html.page([document(sticky_run)])
        pictures = re.findall(r"<svg class=\"sequence\" role=\"img\".*?</svg>", page, re.DOTALL)
        assert all(
            re.search(r"<title>Session s\d+-\w+</title>\s*<desc>12 exchanges", one) for one in pictures
        )
        assert page.count('data-copied="text"') == page.count('data-copied="mermaid"') == len(pictures) == 3

    def test_text_of_sequences_is_not_markup(self, sticky_run: Run) -> None:
        page = html.page([document(sticky_run)])
        assert re.search(r"<text [^>]*>✕ 400 Session ID unknown</text>", page)
        assert re.search(r">AWSALB</tspan>=masked:[0-9a-f]{8}</text>", page)

    def test_lanes_are_named_after_observed_nodes(self, sticky_run: Run) -> None:
        page = html.page([document(dataclasses.replace(sticky_run, balancer=BEHIND))])
        assert ">app1</text>" in page
        assert '<p class="diagnosis">All of 3 sessions stayed on their node.</p>' in page

    def test_shapes_of_sequences_are_inside_their_box(self, sticky_run: Run) -> None:
        for box in re.findall(
            r"<svg class=\"sequence\".*?</svg>", html.page([document(sticky_run)]), re.DOTALL
        ):
            found = re.search(r'viewBox="0 0 (\d+) (\d+)"', box)
            assert found
            assert max(float(x) for x in re.findall(r' x="([\d.]+)"', box)) < int(found[1])
            assert max(float(y) for y in re.findall(r' y="([\d.]+)"', box)) < int(found[2])

    @pytest.mark.parametrize("text", HOSTILE)
    def test_a_target_cannot_add_markup_to_sequences(
        self, make: Make, judge: Judge, sticky_run: Run, text: str
    ) -> None:
        octets = text.encode("latin-1", "replace").replace(b"\r", b"").replace(b"\n", b"")
        hostile, name = (
            octets.decode("latin-1"),
            octets.replace(b";", b"").replace(b"=", b"").decode("latin-1"),
        )
        sid = re.sub(r'["\\{}]', "", hostile) or "sid"
        journal = Journal()
        journal.handshake(f"{name}={hostile}; {hostile}", sid=sid, label=text, path="/a/")
        journal.refused(
            f"{name}={hostile}", b"x-node: " + octets, sid=quote(sid, encoding="latin-1"), path="/a/"
        )
        run = make((judge("ST-001", Verdict.FAIL, evidence=("2",)),), tuple(journal.exchanges), ours=(sid,))
        behind = BalancerSeen(text, "x-node", name, (text,))
        made = html.page([document(dataclasses.replace(run, balancer=behind), mask=False)])
        page, harmless = (
            Page(made),
            Page(html.page([document(dataclasses.replace(sticky_run, balancer=BEHIND))])),
        )
        assert '<svg class="sequence"' in made
        assert (page.unbalanced, page.open) == ([], [])
        assert {tag for tag, _ in page.elements} <= {tag for tag, _ in harmless.elements} | {"p", "b"}
        assert {name for _, found in page.elements for name in found} <= {
            name for _, found in harmless.elements for name in found
        } | {"hidden"}
        assert all(character.isprintable() or character == "\n" for character in made)


def test_a_run_without_judgements_has_a_page(make: Make) -> None:
    assert "No requirement was judged" in html.page(
        [document(make(exit_code=5, detections=(), controls=(), excluded=()))]
    )


def test_no_documents_make_a_page() -> None:
    assert "<h1>No requirement was judged</h1>" in html.page([])


def test_changes_since_an_older_run_are_shown(make: Make, judge: Judge) -> None:
    old, new = (document(make((judge("CK-001", verdict),))) for verdict in (Verdict.PASS, Verdict.FAIL))
    page = Page(html.page([sealed(compared(new, old))]))
    assert re.search(
        r"Regressions 1\s+CK-001 .*polling pass →\s+✕ fail", " ".join("".join(page.text).split())
    )


def test_a_release_of_requirements_is_named(make: Make) -> None:
    made = document(make(requirement_set=RequirementSet("2026.1", 250, ("HS-001",))))
    assert "release 2026.1 (250); not judged because their meaning has changed since: HS-001" in html.page(
        [made]
    )


class TestSeveralTargets:
    @pytest.mark.parametrize(
        ("codes", "sentence"),
        [
            ((1, 0, 6), "3 targets: 1 conforms, 1 does not, 1 not judged"),
            ((0, 0), "2 targets: 2 conform"),
            ((1, 1, 3), "3 targets: none conforms, 1 not judged"),
            ((6, 6), "2 targets: 2 not judged"),
        ],
    )
    def test_several_targets_are_counted_in_the_heading(
        self, make: Make, codes: tuple[int, ...], sentence: str
    ) -> None:
        page = html.page([document(make(exit_code=code)) for code in codes])
        assert f"<h1>{sentence}</h1>" in page

    def test_several_targets_have_a_column_each(self, failing: Run, make: Make, judge: Judge) -> None:
        page = Page(html.page([document(failing), document(make((judge("HS-001"),)))]))
        (matrix,) = [attributes for tag, attributes in page.elements if tag == "table" and "id" in attributes]
        assert matrix == {"class": "matrix", "id": "matrix"}
        assert (
            len([1 for tag, found in page.elements if tag == "th" and found.get("class") == "c-target"]) == 2
        )

    def test_several_targets_have_data_each(self, failing: Run, make: Make) -> None:
        held = [json.loads(one) for one in Page(html.page([document(failing), document(make())])).held]
        assert [one["name"] for one in held[1:]] == ["http://127.0.0.1:3000 (1)", "http://127.0.0.1:3000 (2)"]

    def test_a_finding_of_several_targets_is_listed_once(self, failing: Run) -> None:
        page = Page(html.page([document(failing), document(failing)]))
        assert [found["data-of"] for _, found in page.elements if "data-of" in found] == ["CK-002", "CK-008"]

    def test_sequences_of_several_targets_have_unique_ids(self, sticky_run: Run) -> None:
        page = Page(html.page([document(sticky_run), document(sticky_run)]))
        ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
        assert len(ids) == len(set(ids))


def test_a_large_run_is_small_and_quick(tmp_path: Path, failing: Run, judge: Judge) -> None:
    exchanges = tuple(
        dataclasses.replace(failing.exchanges[place % 2], id=str(place)) for place in range(1, 301)
    )
    judgements = tuple(
        judge(
            f"CK-{number:03}",
            Verdict.FAIL if number % 9 == 0 else Verdict.PASS,
            case=case,
            evidence=("1", "2"),
        )
        for number in range(200)
        for case in ("polling", "websocket", "EIO=3", "mount /cors")
    )
    began = time.process_time()
    path = write_html(
        [document(dataclasses.replace(failing, judgements=judgements, exchanges=exchanges))], tmp_path / "r"
    )
    assert path.stat().st_size < 3_000_000
    assert time.process_time() - began < 10
