"""Files that bring people: read into plain values, whatever they were saved with."""
