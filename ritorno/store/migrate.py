"""Bring a database up to this version's tables: by itself for the embedded one, by command for yours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from ritorno.settings import configure_django, django_database


def migrate(url: str, home: Path) -> None:
    """Run every pending migration. Raises what PostgreSQL says; a failed migration changes nothing."""
    configure_django(url, home)
    with _pointed_at(url):
        call_command("migrate", verbosity=0, interactive=False)


def pending(url: str, home: Path) -> list[str]:
    """The names of the migrations that have not run yet."""
    configure_django(url, home)
    with _pointed_at(url) as connection:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


@contextmanager
def _pointed_at(url: str) -> Iterator[BaseDatabaseWrapper]:
    """Django's connection to that database, closed afterwards: the event path keeps its own connections."""
    connection = connections["default"]
    connection.close()
    connection.settings_dict.update(django_database(url))
    try:
        yield connection
    finally:
        connection.close()
