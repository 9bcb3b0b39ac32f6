"""The only code that writes the catalogue."""
