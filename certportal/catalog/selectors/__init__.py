"""What the pages show of the catalogue, as frozen dataclasses."""
