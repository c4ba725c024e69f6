"""Whether a JUnit file has the shape that services read (`reports/junit.xsd`)."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "unit" / "reports" / "junit.xsd"))


def assert_junit(octets: bytes) -> None:
    """Fail with what is wrong when the file is not well formed or not of that shape."""
    SCHEMA.assertValid(etree.fromstring(octets))
