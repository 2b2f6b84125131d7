"""Rows to findings, and findings to repair; one check per file."""
