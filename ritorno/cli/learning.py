"""Learning from the lake on the command line: one who learns at a time, and a lake that stands."""

from collections.abc import Iterator
from contextlib import contextmanager

from ritorno.cli.app import Refused
from ritorno.core.plan import Plan
from ritorno.store import affinity
from ritorno.whole.lake import Lake
from ritorno.whole.manifest import NoLake
from ritorno.wiring import App


@contextmanager
def learning(app: App, plan: Plan) -> Iterator[Lake]:
    """The brand's lake, ours to learn from while the block lasts. Raises Refused."""
    with affinity.only_one(app.connection(), plan.brand.id) as is_ours:
        if not is_ours:
            raise Refused("the worker is learning right now; ask again in a minute")
        try:
            yield Lake(app.settings.lake, plan.brand.id)
        except NoLake as error:
            raise Refused(str(error)) from error
