"""Data sets read into rows, whatever they are written in."""
