"""The delivery service's routes."""
