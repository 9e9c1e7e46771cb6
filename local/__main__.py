"""`python -m local`: the stack in the foreground until Ctrl-C; `--dev` reloads what changes."""

import argparse
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from local.errors import StackError
from local.restarts import Restarts
from local.settings import Settings
from local.stack import Stack

_WATCH_SECONDS = 0.2


def main() -> int:
    """Gives the exit status: 0 when it was asked to end, 1 when something is wrong, which one line has named."""
    started = time.monotonic()
    parser = argparse.ArgumentParser(
        "python -m local",
        description=__doc__,
        epilog=_settings_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--dev", action="store_true", help="restart services when Python changes; Vite serves the app")
    dev: bool = parser.parse_args().dev
    _on_signals(_interrupt)
    try:
        _run(Stack(Settings.from_environment(), dev=dev), started, dev=dev)
    except StackError as error:
        print(f"notewire: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 0


def _run(stack: Stack, started: float, *, dev: bool) -> NoReturn:
    try:
        print("Starting Notewire", flush=True)
        if dev:
            # Imported only here: a start shall be quick.
            from local.reload import keep_reloading, watch_services  # noqa: PLC0415

            changes = watch_services()
        stack.start()
        print(_summary(stack, time.monotonic() - started, dev=dev), flush=True)
        if dev:
            keep_reloading(stack, changes, _say)
        restarts = Restarts(stack, _say)
        while True:
            restarts.check()
            time.sleep(_WATCH_SECONDS)
    finally:
        _on_signals(signal.SIG_IGN)
        stack.stop()


def _say(line: str) -> None:
    print(f"notewire: {line}", flush=True)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    # The same signal comes again from make, and must not end the stopping.
    _on_signals(signal.SIG_IGN)
    raise KeyboardInterrupt


def _on_signals(action: Callable[[int, FrameType | None], object] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, action)


def _summary(stack: Stack, seconds: float, *, dev: bool) -> str:
    settings = stack.settings
    host = "localhost" if settings.host in {"127.0.0.1", "::1"} else settings.host
    server = "Vite" if dev else "web server"
    rows = {
        "app and calls": f"http://{host}:{settings.bridge_port}",
        "user_svc": f"{host}:{settings.user_port} (gRPC), metrics on {settings.user_metrics_port}",
        "note_svc": f"{host}:{settings.note_port} (gRPC), metrics on {settings.note_metrics_port}",
        server: f"http://{host}:{settings.web_port}",
        "logs": str(stack.data.logs),
    }
    if settings.database_url is None:
        rows["PostgreSQL"] = f"psql -h {stack.data.path / 'sockets' / 'postgres'} -U postgres user_svc"
    lines = [f"  {name:<14} {value}" for name, value in rows.items()]
    reach = "this machine" if settings.bind in {"127.0.0.1", "::1"} else f"the network ({settings.bind})"
    return "\n".join(
        [
            f"\nNotewire is up after {seconds:.1f} s\n",
            *lines,
            f"\n  The stack has no sign-in yet: whoever reaches it from {reach} reads and writes everything.",
            "  Ctrl-C stops it; the data stays.\n",
        ]
    )


def _settings_help() -> str:
    lines = ["environment variables:"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f" [{field.default}]"
        lines.append(f"  {name.upper():<18} {field.description}{default}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
