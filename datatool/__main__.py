"""`python -m datatool`."""

from datatool.cli import main

main()
