"""Reports of a run: JSON, HTML, terminal, markdown, JUnit, GitHub annotations, badge and allure.

    Run ──model──▶ document (JSON-ready, masked, sealed) ──▶ html · terminal · markdown · junit · badge

Rules:

* Only `model` reads a `Run`. Every other writer takes its document, so all reports show the same masked octets
  and the same counts, and a stored JSON file can be turned into any of them later. (`allure` writes during the
  run, one judgement at a time.)
* Everything a target sent is hostile until it has gone through `escapes`.
* No pytest, no sockets, no event loop. Only `files` writes to the disk.
"""
