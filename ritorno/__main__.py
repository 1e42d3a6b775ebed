"""`python -m ritorno` is the `ritorno` program."""

from ritorno.cli import main

main()
