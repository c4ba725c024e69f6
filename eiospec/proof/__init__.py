"""The proof: every requirement has a fault that shows it bites, and the conforming server raises no alarm."""
