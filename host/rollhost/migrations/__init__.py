"""The database's schema, step by step: numbered plain SQL, run once each and in order.

Each statement ends its line with a semicolon. A file that has been released is never edited; a change is a new file.
"""
