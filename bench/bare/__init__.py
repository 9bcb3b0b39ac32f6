"""The bare Django project that marks the limit of framework and database."""
