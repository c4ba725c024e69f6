"""Verdicts to documents: JSON, HTML, terminal, markdown, badge, and what JUnit and allure are given.

    Run ──model──▶ document (JSON-ready, masked, sealed) ──▶ html · terminal · markdown · badge

Rules of this room: `model.document` is the one place that reads a `Run`; every other writer is given its
document, so that all of them show the same masked octets and the same counts, and so that a stored JSON
file can be turned into any of them later. Whatever a target sent is hostile until it went through
`escapes`. Nothing here knows pytest, a socket or an event loop; `files` alone writes to the disk.
"""
