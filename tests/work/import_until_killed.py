"""A process that imports a file and may be killed: `DATABASE HOME FILE WORKERS`; its progress on standard output."""

import sys
from pathlib import Path

from ritorno.store.connection import Session
from ritorno.testing import at
from ritorno.work import import_crew
from ritorno.work.import_asked import Asked
from ritorno.work.import_orders import import_orders
from ritorno.work.plans import Plans


def main() -> None:
    url, home, path, workers = sys.argv[1:]
    import_crew.FEW = 0  # a second process, however small the file
    with Session(url, autocommit=True) as session:
        plan = session.run(lambda connection: Plans().named(connection, "default"))
        import_orders(
            session,
            plan,
            Asked(Path(path), workers=int(workers), orders_a_batch=100),
            at("2026-03-01T10:00"),
            home=Path(home),
            database_url=url,
            tell=lambda doing, done, of: print(doing, done, of, flush=True),
        )


if __name__ == "__main__":
    main()
