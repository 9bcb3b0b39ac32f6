"""The kinds of questions: one file each, all with the same interface."""
