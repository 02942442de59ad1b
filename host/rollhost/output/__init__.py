"""The only place where a fact becomes a sentence, a unit or JSON."""
