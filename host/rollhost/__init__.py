"""The host program: brings a case's log home and answers from it."""
