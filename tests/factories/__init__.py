"""Rows for tests, as small as they may be and still valid."""
