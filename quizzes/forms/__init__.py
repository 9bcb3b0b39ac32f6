"""Forms: what a plain post says, checked."""
