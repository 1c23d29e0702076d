"""Interoperability with the published TypeScript reference libraries."""
