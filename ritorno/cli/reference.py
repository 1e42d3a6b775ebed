"""The commands as a reference page, made from the program itself: `docs/reference/cli.md` is held equal to it."""

from collections.abc import Iterator

import click

_HEAD = """# Commands

Every command takes `--brand` where there may be several, `--as-of` where the past may be asked, and `--json`, which
ends with one JSON object on the last line of standard output. Exit code 0: done; 1: it could not be, and the sentence
on standard error says why and what to do; 2: the call itself was wrong.
"""


def page(program: click.Group) -> str:
    """The whole page."""
    return _HEAD + "".join(_sections(program, "ritorno"))


def _sections(group: click.Group, path: str) -> Iterator[str]:
    context = click.Context(group)
    for name in sorted(group.list_commands(context)):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            if command.invoke_without_command:  # it does something by itself, too
                yield _section(command, f"{path} {name}")
            yield from _sections(command, f"{path} {name}")
        elif command is not None:
            yield _section(command, f"{path} {name}")


def _section(command: click.Command, path: str) -> str:
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    called = " ".join([path, *(_argument(one) for one in arguments)])
    rows = "".join(f"| `{_option(one)}` | {_help(one)} |\n" for one in options)
    table = f"\n| option | meaning |\n|---|---|\n{rows}" if rows else ""
    return f"\n## `{called}`\n\n{(command.help or '').strip()}\n{table}"


def _argument(argument: click.Argument) -> str:
    name = (argument.name or "").upper() + ("…" if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _option(option: click.Option) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return names
    return f"{names} {option.metavar or (option.name or '').upper()}"


def _help(option: click.Option) -> str:
    text = option.help or ""
    default = option.default
    shown = option.show_default and default is not None and not option.is_flag and not callable(default)
    return f"{text} Default: {default}." if shown else text
