"""Forms of the teaching pages."""
