"""Pure rules of progress: no Django, no clock, no database."""
