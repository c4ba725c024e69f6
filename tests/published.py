"""The published schema of a report, for tests: is a document valid against it?"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import jsonschema_rs

from eiospec.reports.model import SCHEMA


def schema_error(document: dict[str, Any]) -> str:
    """Return the first violation of the schema in a document; the empty string when it is valid."""
    try:
        error = next(_validator().iter_errors(document), None)
    except UnicodeEncodeError:
        # JSON may carry half a surrogate pair, the validator's strings cannot: "?" has the same shape.
        encoded = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
        error = next(_validator().iter_errors(json.loads(encoded)), None)
    return "" if error is None else f"{list(error.instance_path)}: {error.message}"


@lru_cache(maxsize=1)
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_bytes()))
