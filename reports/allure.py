"""Labels, description and attachments of an allure result.

The plugin calls `annotate` inside a test item, and only with `--alluredir`; allure is imported at that point.
All texts are masked like those of the other reports.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from eiospec.reports.escapes import visible, visible_octets
from eiospec.reports.masking import NOTHING, Mask, mask
from eiospec.reports.outcome import area_title
from eiospec.reports.shape import KEPT
from eiospec.requirements import Level
from eiospec.verdicts import Judgement
from eiospec.wire.exchange import Exchange

SEVERITIES = {
    Level.MUST: "critical",
    Level.SHOULD: "normal",
    Level.MAY: "minor",
    Level.INFO: "trivial",
}


def annotate(
    judgement: Judgement, exchanges: Sequence[Exchange], secrets: Mask | None = None, *, target: str = ""
) -> None:
    """Label the running allure result and attach the exchanges of the judgement.

    Without `secrets` every cookie value and credential of these exchanges is masked, including those the probes
    made up; pass `masking.mask(exchanges, ours)` to keep those readable, `masking.NOTHING` to mask nothing. Pass
    `target` when several targets are judged, so that each gets its own history.
    """
    import allure

    # allure has no type annotations.
    dynamic: Any = allure.dynamic
    hide = mask(exchanges, ()) if secrets is None else secrets
    requirement = judgement.requirement
    dynamic.title(f"{requirement.id} {visible(requirement.sentence)}{_case(judgement)}")
    dynamic.severity(SEVERITIES[requirement.level])
    dynamic.feature(area_title(requirement.area))
    dynamic.story(visible(requirement.sentence))
    dynamic.tag(requirement.id, requirement.level.value)
    # Not the label `id`, which numbers cases in Allure TestOps, and no parameters, which split histories.
    dynamic.label("requirement", requirement.id)
    dynamic.label("verdict", judgement.verdict.value)
    if target:
        dynamic.parameter("target", visible(target))
    dynamic.link(requirement.source.url, name=visible(str(requirement.source)))
    dynamic.description(description(judgement, hide))
    for exchange in exchanges:
        allure.attach(
            transcript(exchange, hide),
            name=f"exchange {exchange.id}: {visible(hide.text(exchange.label))}",
            attachment_type=allure.attachment_type.TEXT,
        )


def description(judgement: Judgement, hide: Mask = NOTHING) -> str:
    """Return the judgement as an indented markdown block, in which no markup is interpreted."""
    rows = [
        ("expected", judgement.expected),
        ("observed", judgement.observed),
        ("reason", judgement.reason),
        *(("remark", remark) for remark in judgement.remarks),
        ("source", f"{judgement.requirement.source} {judgement.requirement.source.url}"),
        *(("reproduce", line) for line in judgement.reproduce),
    ]
    return "\n".join(f"    {name:10}{visible(hide.text(value))}" for name, value in rows if value)


def transcript(exchange: Exchange, hide: Mask = NOTHING) -> str:
    """Return an exchange as plain text: octets with visible line ends, frames with their times, how it ended."""
    response = exchange.response
    lines = [
        f"{exchange.url}   (probe {exchange.probe}, connection {exchange.connection})",
        "",
        f"--- request, at {exchange.started:.3f}",
        *_message(exchange.request.octets, hide),
    ]
    if response is None:
        lines += ["", f"--- no response{': ' if exchange.refusal else ''}{exchange.refusal}"]
    else:
        lines += [
            "",
            f"--- response, at {exchange.answered or exchange.ended:.3f}",
            *_message(response.octets, hide),
        ]
        lines += [f"    defect: {defect}" for defect in response.defects]
        lines += _message(response.surplus, hide)
    if exchange.frames:
        lines += ["", "--- frames"]
    for frame in exchange.frames:
        payload = frame.payload.decode("latin-1")
        sender = "target" if frame.by_target else "us"
        lines.append(
            f"{frame.at:.3f} {sender:6} {frame.opcode.value:12} " + visible_octets(_kept(hide.text(payload)))
        )
    lines += _message(exchange.after, hide)
    detail = f" ({exchange.end_detail})" if exchange.end_detail else ""
    lines += ["", f"--- {exchange.end.value}{detail}, at {exchange.ended:.3f}"]
    return "\n".join(visible(hide.text(line)) for line in lines) + "\n"


def _message(octets: bytes, hide: Mask) -> list[str]:
    """Return one line of text per line of the message."""
    text = octets.decode("latin-1")
    shown = _kept(hide.message(text))
    return [visible_octets(line) for line in re.split(r"(?<=\n)", shown) if line]


def _kept(octets: str) -> str:
    rest = len(octets) - KEPT
    return octets if rest <= 0 else f"{octets[:KEPT]} … {rest} more"


def _case(judgement: Judgement) -> str:
    return f" [{visible(judgement.case)}]" if judgement.case else ""
