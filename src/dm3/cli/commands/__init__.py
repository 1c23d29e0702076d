"""The commands of `dm3`, each file named as its command is typed."""
