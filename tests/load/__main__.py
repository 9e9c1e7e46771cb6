"""Measures Notewire, and peers beside it, in turns on one machine: `make bench`.

Prints rates, mean times and ratios; asserts nothing about them. Needs h2load (Debian: nghttp2-client).
"""

import argparse
import asyncio
import re
import shutil
import sys
import urllib.request
from collections.abc import Mapping

from tests.load import h2load, report
from tests.load.echo import running_echo
from tests.load.notewire import running_notewire
from tests.load.scenarios import SCENARIOS, Population, Scenario, Target, populate

NATIVE_IN_FLIGHT = 64
WEB_IN_FLIGHT = 32

# h2load breaks off what is in flight when its time is up.
_ANSWERED = re.compile('grpc_code="(OK|Cancelled)"')


def main() -> None:
    arguments = _arguments()
    if shutil.which("h2load") is None:
        sys.exit("h2load is missing: install Debian's nghttp2-client")
    with running_notewire() as notewire, running_echo() as echo:
        sidecar, door = notewire.targets
        targets = [sidecar, door, *arguments.peer]
        made = {
            target.name: asyncio.run(populate(target, users=arguments.users, notes=arguments.notes))
            for target in [sidecar, *arguments.peer]
        }
        made[door.name] = made[sidecar.name]
        names = [target.name for target in targets]
        print(report.header(names), flush=True)
        rates = {}
        for scenario in SCENARIOS:
            beside = [target for target in targets if target is not door or scenario.grpc_web]
            results = _measure(scenario, beside, made, arguments)
            rates[scenario.name] = results[sidecar.name].rate
            print(report.row(scenario.name, names, results), flush=True)
        limit = max(_echo_rate(echo, arguments.seconds) for _ in range(arguments.rounds))
        print(f"\nbare grpc.aio echo: {limit:,.0f}/s; GetUser reaches {rates['GetUser'] / limit:.2f} of it")
        for name, rate in rates.items():
            if name.endswith(", gRPC-Web"):
                print(f"{name}: {rate / rates[name.removesuffix(', gRPC-Web')]:.2f} of native")
        for service, mebibytes in notewire.memory().items():
            print(f"{service}: {mebibytes:.0f} MiB resident")


def _measure(
    scenario: Scenario, targets: list[Target], made: Mapping[str, Population], arguments: argparse.Namespace
) -> dict[str, h2load.Result]:
    best: dict[str, h2load.Result] = {}
    for _ in range(arguments.rounds):
        for target in targets:
            faults = _calls_not_ok(target)
            result = h2load.run(
                scenario.address(target),
                scenario.path,
                scenario.messages(made[target.name]),
                seconds=arguments.seconds,
                in_flight=WEB_IN_FLIGHT if scenario.grpc_web else NATIVE_IN_FLIGHT,
                grpc_web=scenario.grpc_web,
            )
            result = h2load.Result(result.rate, result.mean_ms, result.failed + _calls_not_ok(target) - faults)
            if target.name not in best or result.rate > best[target.name].rate:
                best[target.name] = result
    return best


def _echo_rate(address: str, seconds: int) -> float:
    messages = [b"x" * 40] * 4
    return h2load.run(
        address, "/load.Echo/Echo", messages, seconds=seconds, in_flight=NATIVE_IN_FLIGHT, grpc_web=False
    ).rate


def _calls_not_ok(target: Target) -> int:
    """Calls that the services themselves ended with another status than OK: h2load sees HTTP alone."""
    total = 0.0
    for url in target.metrics:
        with urllib.request.urlopen(url, timeout=5) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("grpc_server_handled_total{") and not _ANSWERED.search(line):
                    total += float(line.rsplit(" ", 1)[1])
    return int(total)


def _peer(text: str) -> Target:
    name, _, addresses = text.partition("=")
    users, notes, bridge = addresses.split(",")
    return Target(name, users=users, notes=notes, users_bridge=bridge, notes_bridge=bridge)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--notes", type=int, default=4000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=2, help="the best round counts")
    parser.add_argument(
        "--peer", action="append", type=_peer, default=[], metavar="NAME=USERS,NOTES,BRIDGE", help="host:port of each"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
