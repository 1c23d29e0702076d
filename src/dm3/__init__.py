"""dm3 Linked Profiles: limited scope profiles that a person's own dm3 profile vouches for."""

__version__ = "0.1.0"
