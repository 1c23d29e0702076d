"""Making profiles, and finding them again: keys, names, escrow."""
