"""The sections of the report, a file each; its `section` returns the content below the title."""
