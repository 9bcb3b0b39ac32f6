"""What there is to study: vendors, certifications, their exam guides, resources and paths."""
