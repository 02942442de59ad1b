"""What is known about rolling at home: tables, each with its source and grade. No history."""
