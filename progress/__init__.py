"""What the answers tell, and the pages that show it."""
