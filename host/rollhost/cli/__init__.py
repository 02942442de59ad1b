"""Arguments in, an exit code out: the parser, dates and policies as typed, which case is meant."""
