"""The matrix: real servers, built, started and judged, with their results side by side. For maintainers.

    row.toml → rows.Row → building → judging.Result → results.Shown → publishing (matrix.json, matrix.md, matrix.html)

A row is a folder of `fixtures/apps` with a `row.toml`, a profile and a baseline. Rules:

* A row is data. A new row changes no file of another row.
* A build is kept until one of its inputs changes.
* Each row is judged in its own process, on its own port.
* A row that cannot be built or judged is a result with a log; the other rows go on.
"""
