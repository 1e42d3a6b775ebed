"""A process that keeps a lake and is killed at the manifest: `DATABASE LAKE before|after`."""

import os
import signal
import sys

from ritorno.store.connection import connect
from ritorno.whole.lake import Lake
from ritorno.whole.manifest import Manifest
from tests.work.lakes import Beside


def main() -> None:
    database, url, moment = sys.argv[1:]
    write = Lake.replace

    def replace_and_die(lake: Lake, old: Manifest | None, new: Manifest) -> Manifest:
        if moment == "after":
            write(lake, old, new)
        os.kill(os.getpid(), signal.SIGKILL)
        return new

    Lake.replace = replace_and_die  # type: ignore[method-assign, assignment]
    with connect(database, autocommit=True) as connection:
        Beside(connection, url).turn()


if __name__ == "__main__":
    main()
