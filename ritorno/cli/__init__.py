"""The command line: what the console does, and what scripts do. Every command takes `--json` where it answers.

`app.py` holds what the commands share, `commands.py` says where each is; each other module holds the commands of one
noun.
"""

from ritorno.cli.app import cli

__all__ = ["cli", "main"]


def main() -> None:
    """The `ritorno` program."""
    cli()
