"""One module a command; `rollhost.cli.main` imports the one that was asked for."""
