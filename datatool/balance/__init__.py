"""Rows and a strategy to a plan folder; the arithmetic is in datatool.samplers."""
