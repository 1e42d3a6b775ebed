"""`ritorno segments …`: named living rules – list, explain, save, show, remove."""

from ritorno.cli.app import cli


@cli.group()
def segments() -> None:
    """Named living rules, and who is in them."""
