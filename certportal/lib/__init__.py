"""Helpers that know no app."""
