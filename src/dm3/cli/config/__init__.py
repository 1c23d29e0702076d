"""Options, and putting a configuration together from defaults, file, environment and flags."""
