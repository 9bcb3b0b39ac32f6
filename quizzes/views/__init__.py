"""HTTP in, service calls and pages out; nothing else."""
