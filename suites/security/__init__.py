"""Session ids nobody guesses, and requests no client of good will sends."""
