"""Pure rules of the catalogue: no Django, no database."""
