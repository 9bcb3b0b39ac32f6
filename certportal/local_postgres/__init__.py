"""Zero-setup PostgreSQL: the server of `make run` and `make test`, started when first needed."""
