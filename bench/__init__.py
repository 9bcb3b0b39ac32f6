"""Benchmarks: the portal beside a bare Django project, in the same minutes."""
