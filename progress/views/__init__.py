"""Views of the pages that show progress."""
