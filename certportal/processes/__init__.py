"""The processes of a running portal: what prepares them, starts them, watches them."""
