"""The conformance vectors of Linked Profiles and what makes them."""
