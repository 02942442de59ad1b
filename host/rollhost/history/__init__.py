"""What the rows mean at one moment. Pure: no I/O, no printing, no sentence."""
