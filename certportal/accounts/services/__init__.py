"""Everything that writes people and what belongs to them."""
