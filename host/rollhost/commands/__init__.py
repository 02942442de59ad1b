"""The commands, a module each; `rollhost.cli.main` imports only the one that it runs."""
