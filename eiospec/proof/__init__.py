"""The proof: every requirement has a fault that it catches, and the server without the fault has no finding."""
