"""Files that leave the portal."""
