"""The rules of dm3 and of Linked Profiles, free of I/O: time and entropy in, decisions out."""
