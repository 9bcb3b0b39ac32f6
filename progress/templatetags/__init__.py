"""Tags of the pages about classes."""
