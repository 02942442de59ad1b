"""The sections of the report, a file each; its `section` returns what stands under the title."""
