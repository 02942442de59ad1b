"""Rows in and out of SQLite, migrations, copies. Knows nothing of what the rows mean."""
