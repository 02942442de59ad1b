"""One module a command; `rollhost.cli` imports the one that was asked for."""
