"""The matrix: real servers that nobody here wrote, built, started, judged and laid side by side.

    row.toml ──rows──▶ Row ──building──▶ programs ──judging──▶ documents ──results──▶ json · markdown · html

A row is a folder of `fixtures/apps` with a `row.toml`: what it is called, what builds it, what starts it, and
the profile and baseline beside it. Rules of this room: a row is data, and a new one touches no file of another;
nothing is built that is there; every row is judged by a process of its own, on a port of its own, so that none
sees another; a row that cannot be built or judged is a result with its log, never the end of the rest.
"""
