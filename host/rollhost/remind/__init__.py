"""Reminding a person of what is due: when, and by which way."""
