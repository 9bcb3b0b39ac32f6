"""Template tags of the question pages."""
