"""One person's devices with one main profile, kept in step over its mailbox (specification 5.2)."""
