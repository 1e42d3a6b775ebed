"""Does the product measure what was planted? Both demo stores, whole, lived on for months by customers who answer.

PB2, PB3, a playbook without an effect, replenish and upsell run as any installation runs them – till and site, worker,
sandbox, holdout – and `results` is asked at the end. Half is held out, so that the intervals are narrow.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

from benchmarks.answered import Shop, Truth, chain, seniors
from benchmarks.measure import finish, machine
from benchmarks.shop import installation
from ritorno.cli.demo import open_store
from ritorno.demo.made import MadeStore
from ritorno.demo.omnichain import make_omnichain
from ritorno.demo.seniors import make_seniors

HELD_OUT = 0.5
_QUICK = 0.1  # of the chain; the shop is not lived on


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the chain alone: shows that it works")
    quick = parser.parse_args().quick
    begun = perf_counter()
    found = lived("almog", partial(make_omnichain, scale=_QUICK if quick else 1.0), chain)
    if not quick:
        found += lived("gefen", make_seniors, seniors)
    told = {"effects": [each.told for each in found], "seconds": round(perf_counter() - begun)}
    reached = {"reached": "only the full size tells"} if quick else {"reached": all(each.holds for each in found)}
    finish(told | reached | {"machine": machine("psycopg")})


def lived(
    key: str, make: Callable[[Path], MadeStore], story: Callable[[Shop, float | None], list[Truth]]
) -> list[Truth]:  # fmt: skip
    """A store loaded into an installation of its own and lived on."""
    with installation() as app:
        folder = app.settings.home / "files"
        folder.mkdir()
        open_store(app, key, make(folder), lambda _: None)
        return story(Shop(app, key), HELD_OUT)


if __name__ == "__main__":
    main()
