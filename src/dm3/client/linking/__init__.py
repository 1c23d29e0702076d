"""Linking on both sides, and what a linked and a main profile are in use."""
