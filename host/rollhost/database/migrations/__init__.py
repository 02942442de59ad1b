"""The database's schema as migrations: numbered files of SQL, each run once, in order.

A released file is never edited; a change is a new file. The semicolon of each
statement ends its line.
"""
