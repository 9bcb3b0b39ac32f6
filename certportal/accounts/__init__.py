"""Who: people, and the record of what they did."""
