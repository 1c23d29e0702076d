"""``make stress``: what hostile clients take from a service that runs as its own process."""
