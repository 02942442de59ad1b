"""Facts as sentences, units and JSON. No other folder words a result."""
