"""What pages show: the only code of this app that joins tables for reading."""
