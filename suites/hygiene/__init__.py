"""HTTP/1.1 itself; off unless asked for with --with hygiene."""
