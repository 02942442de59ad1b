"""Rows in and out of SQLite, migrations, copies. What the rows mean is in ``history``."""
