"""`python -m datatool`."""

from datatool.cli import program

program()
