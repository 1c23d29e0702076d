"""Benchmarks: ratios against the reference and against what the libraries below can do at best."""
