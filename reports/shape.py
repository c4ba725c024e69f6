"""Whether a document has the published shape: that of `schema/report-1.json` (JSON Schema 2020-12)."""

from __future__ import annotations

import json
from functools import lru_cache

import jsonschema_rs

from eiospec.reports.model import SCHEMA, Document

# Characters of the place and of the sentence that are told.
PLACE = 80
SENTENCE = 120


def misfit(document: Document) -> str:
    """What is wrong with a document's shape: the place (a JSON Pointer, RFC 6901) and a sentence; empty for nothing."""
    try:
        found = next(_published().iter_errors(document), None)
    except UnicodeEncodeError:
        # JSON may carry half a surrogate pair, the validator's strings cannot: "?" is of the same shape.
        whole = json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))
        found = next(_published().iter_errors(whole), None)
    if found is None:
        return ""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in found.instance_path)
    place = "".join(f"/{step}" for step in steps) or "its top"
    return f"at {place[:PLACE]}: {found.message[:SENTENCE]}"


@lru_cache(maxsize=1)
def _published() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_bytes()))
