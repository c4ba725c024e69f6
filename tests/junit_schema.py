"""Check a JUnit file against the schema that CI services read (`reports/junit.xsd`)."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "unit" / "reports" / "junit.xsd"))


def assert_junit(octets: bytes) -> None:
    """Fail with the first error when the file is not well formed or not valid."""
    SCHEMA.assertValid(etree.fromstring(octets))
