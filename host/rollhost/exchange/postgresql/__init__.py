"""The steps of the schema of a shared PostgreSQL database, as SQL."""
