"""Commands are loaded when they are called: each is found, and none waits for the libraries of others."""

import pkgutil
import subprocess
import sys
from importlib import import_module

import click
import pytest

import ritorno.cli
from ritorno.cli import cli
from ritorno.cli.commands import COMMANDS


def registered(group: click.Group, top: str = "") -> dict[str, set[str]]:
    """By command of the program: the modules that its commands are in."""
    found: dict[str, set[str]] = {}
    for name, command in group.commands.items():
        modules = found.setdefault(top or name, set())
        if command.callback is not None:
            modules.add(command.callback.__module__.removeprefix("ritorno.cli."))
        if isinstance(command, click.Group):
            modules |= registered(command, top or name)[top or name]
    return found


def test_every_command_of_every_module_is_found() -> None:
    for module in pkgutil.iter_modules(ritorno.cli.__path__):
        import_module(f"ritorno.cli.{module.name}")
    assert {name: set(modules) for name, modules in COMMANDS.items()} == registered(cli)


@pytest.mark.parametrize("command", ["why", "simulate", "traits", "run"])
def test_a_command_brings_no_library_that_it_does_not_need(command: str) -> None:
    program = (
        f"import sys; from ritorno.cli import cli; cli(['{command}', '--help'], standalone_mode=False); "
        "heavy = {'ibis', 'pandas', 'scipy', 'pyspark'} & set(sys.modules); sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
