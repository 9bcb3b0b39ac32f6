"""The frame of the administration."""
