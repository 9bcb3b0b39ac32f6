"""Pure rules of asking and answering: no Django, no clock, no database."""
