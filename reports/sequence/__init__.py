"""A session of the run as a sequence diagram: drawn on the page, as plain text and as Mermaid.

    document ──sessions──▶ Session ──rows──▶ Sequence ──layout──▶ shapes (templates/sequence.html.j2)
                              │        ▲        └─────as_text──▶ plain text, Mermaid
                              └─selection (which sessions are drawn)

`labels` names what an exchange or a frame is; everything it returns is short and printable.
"""
