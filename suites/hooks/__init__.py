"""The header hooks, middleware and allowRequest, as far as the target declares them."""
