"""The cases of the conformance vectors, one module per subject; each asks the reference."""
