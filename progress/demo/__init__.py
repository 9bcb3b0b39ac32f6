"""Demo data: a class with weeks of history, simulated and written as if it had happened."""
