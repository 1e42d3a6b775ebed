"""`ritorno serve` and `ritorno run`: the doors and the worker."""

import logging
import signal
import threading
from types import FrameType

import click

from ritorno.cli.app import cli, console, installation
from ritorno.wiring import App
from ritorno.worker import Worker, lake_kept

_STOP_SECONDS = 10


@cli.command()
@click.option("--host", help="Where the doors listen (RITORNO_BIND).")
@click.option("--port", type=click.IntRange(1, 65535), help="The port (RITORNO_BIND).")
def serve(host: str | None, port: int | None) -> None:
    """The web doors and one worker, in one command; stop with Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    with installation() as app:
        listen(app, host or app.settings.host, port or app.settings.port)


def listen(app: App, host: str, port: int) -> None:
    """Serve until told to stop. The worker runs in a thread of this process, the doors in one of granian's."""
    from ritorno.web.server import serve_doors

    stop = threading.Event()
    beside = app.beside()
    worker = threading.Thread(target=Worker(beside).run, args=(stop,), name="worker")
    worker.start()
    try:
        with lake_kept(app):
            console.print(f"Listening on http://{host}:{port}/ · stop with Ctrl-C")
            serve_doors(host, port)
    finally:
        stop.set()
        worker.join(_STOP_SECONDS)
        beside.close()


@cli.command("run")
def run_command() -> None:
    """One more worker, without doors; as many as the machine carries."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with installation() as app, lake_kept(app):
        console.print("Working · stop with Ctrl-C")
        Worker(app).run(stop)
