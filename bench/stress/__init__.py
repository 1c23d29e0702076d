"""``make stress``: what hostile clients and wrong clocks do to a real ``dm3 up``."""
