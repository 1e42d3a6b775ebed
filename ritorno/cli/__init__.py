"""The command line: what the console does, and what scripts do. Every command takes `--json` where it answers.

`app.py` holds what the commands share; each other module holds the commands of one noun.
"""

from ritorno.cli import (  # noqa: F401 - their commands register themselves
    alarms,
    backtest,
    brands,
    customer,
    customer_traits,
    cuts,
    demo,
    identity,
    imports,
    insight,
    lake,
    playbooks,
    policy,
    report,
    scores,
    segments,
    segments_whole,
    simulate,
    traits,
    why,
    work,
)
from ritorno.cli.app import cli

__all__ = ["cli", "main"]


def main() -> None:
    """The `ritorno` program."""
    cli()
