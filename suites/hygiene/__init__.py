"""HTTP/1.1 itself; judged only with --with hygiene."""
