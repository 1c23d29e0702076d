"""What all commands have: running and failing, output, sessions, files with secrets."""
