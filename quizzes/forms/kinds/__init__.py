"""The form of every kind of question that can be written by hand: one file each."""
