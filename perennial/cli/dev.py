"""`perennial dev im-server`: the platforms on this machine, for tests and for trying things out."""

import json
import signal
import threading
from typing import Annotated

import typer

commands = typer.Typer()
_dev = typer.Typer(no_args_is_help=True, help="For developing and trying things out.")
commands.add_typer(_dev, name="dev")


@_dev.callback()
def _developing() -> None:  # pyright: ignore[reportUnusedFunction]
    """For developing and trying things out."""


@_dev.command("im-server")
def im_server(
    port: Annotated[int, typer.Option(help="the first of eight ports, one for each host")] = 8290,
    scenario: Annotated[str, typer.Option(help="healthy, outage, throttled, flaky, slow or lost_answers")] = "healthy",
) -> None:
    """DingTalk, WeCom, Feishu, SMS, SMTP and IMAP as their real hosts speak, failing on command (docs/im-server.md)."""
    from perennial.dev import PORTS, SCENARIOS, Serving, World

    if scenario not in SCENARIOS:
        raise typer.BadParameter(f"one of {', '.join(SCENARIOS)}")
    try:
        servers = Serving(World(), port)
    except OSError as error:
        raise typer.BadParameter(f"ports {port} to {port + len(PORTS) - 1}: {error.strerror}") from None
    ended = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):  # said even where whoever started us has them ignored
        signal.signal(one, lambda *_: ended.set())
    with servers as running:
        for fault in SCENARIOS[scenario]:
            running.fail(fault.path, fault.kind, fault.times, fault.after)
        for name, url in running.urls.items():
            typer.echo(f"{name:14}{url}")
        typer.echo(f"accounts      {running.urls['dingtalk']}/_accounts")
        typer.echo(f"recording     {running.urls['dingtalk']}/_received")
        ended.wait()
        typer.echo(json.dumps({"received": len(running.world.received), "effects": len(running.world.effects)}))
