"""What the rows of the database mean at one moment. No input or output, no sentences."""
