"""What writes: the only code of this app that changes tables."""
