"""How far long work over everyone has come, on standard error while it lasts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import Progress

from ritorno.cli.app import errors


@contextmanager
def over_customers() -> Iterator[Callable[[int, int], None]]:
    """Something to tell (customers done, of how many)."""
    with Progress(console=errors, transient=True) as progress:
        task = progress.add_task("customers", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
