"""Applications as their documentation shows them, judged by their URL alone."""
