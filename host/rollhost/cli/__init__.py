"""Arguments in, an exit code out: the parser, what people type, which case is meant."""
