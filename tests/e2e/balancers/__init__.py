"""Real balancers and nodes: haproxy, nginx and @socket.io/sticky with socket.io."""
