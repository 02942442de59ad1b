"""The database's schema, step by step: numbered plain SQL, run once each and in order.

A file that has been released is never edited; a change is a new file. Each
statement ends its line with a semicolon.
"""
