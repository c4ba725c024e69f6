"""Real balancers before real nodes: haproxy, nginx and @socket.io/sticky with socket.io."""
