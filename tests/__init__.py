"""The tests: unit, contract, interop, end to end, and the habits that keep the project honest."""
