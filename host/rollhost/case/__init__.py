"""Talking to a case whose firmware runs: find it, connect, ask, sync."""
