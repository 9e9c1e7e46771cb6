"""Measures Notewire, and peers beside it, in turns on one machine: `make bench`.

Prints rates, mean times and ratios; asserts nothing about them. Needs h2load (Debian: nghttp2-client).
"""

import argparse
import asyncio
import shutil
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from tests.load import h2load, report
from tests.load.echo import ECHO_PATH, running_echo
from tests.load.notewire import running_notewire
from tests.load.outcomes import ended_calls, failures
from tests.load.scenarios import SCENARIOS, Population, Scenario, Target, populate

NATIVE_IN_FLIGHT = 64
WEB_IN_FLIGHT = 32

_SETTLING_SECONDS = 0.1

_NATIVE, _ECHO = "native", "bare grpc.aio echo"


def main() -> None:
    arguments = _arguments()
    if shutil.which("h2load") is None:
        sys.exit("h2load is missing: install Debian's nghttp2-client")
    with running_notewire() as notewire, running_echo() as echo:
        sidecar, door = notewire.targets
        made = {
            target.name: asyncio.run(populate(target, users=arguments.users, notes=arguments.notes))
            for target in [sidecar, *arguments.peer]
        }
        made[door.name] = made[sidecar.name]
        names = [sidecar.name, door.name, *(peer.name for peer in arguments.peer), _NATIVE, _ECHO]
        print(report.header(names), flush=True)
        for scenario in SCENARIOS:
            targets = [sidecar, *([door] if scenario.grpc_web else []), *arguments.peer]
            runs = {target.name: partial(_run, scenario, target, made[target.name], arguments) for target in targets}
            if scenario.grpc_web:
                native = replace(scenario, grpc_web=False)
                runs[_NATIVE] = partial(_run, native, sidecar, made[sidecar.name], arguments)
            else:
                runs[_ECHO] = partial(_load, scenario, echo, ECHO_PATH, made[sidecar.name], arguments)
            print(report.row(scenario.name, names, _in_turns(runs, arguments.rounds)), flush=True)
        for service, mebibytes in notewire.memory().items():
            print(f"{service}: {mebibytes:.0f} MiB resident")


def _in_turns(runs: Mapping[str, Callable[[], h2load.Result]], rounds: int) -> dict[str, list[h2load.Result]]:
    results: dict[str, list[h2load.Result]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            results[name].append(run())
    return results


def _run(scenario: Scenario, target: Target, made: Population, arguments: argparse.Namespace) -> h2load.Result:
    before = _settled(target)
    result = _load(scenario, scenario.address(target), scenario.path, made, arguments)
    return replace(result, failed=result.failed + failures(before, _settled(target), _in_flight(scenario)))


def _load(
    scenario: Scenario, address: str, path: str, made: Population, arguments: argparse.Namespace
) -> h2load.Result:
    """The requests of a scenario, to whatever listens at the address."""
    return h2load.run(
        address,
        path,
        scenario.messages(made),
        seconds=arguments.seconds,
        in_flight=_in_flight(scenario),
        grpc_web=scenario.grpc_web,
    )


def _in_flight(scenario: Scenario) -> int:
    return WEB_IN_FLIGHT if scenario.grpc_web else NATIVE_IN_FLIGHT


def _settled(target: Target) -> Counter[str]:
    """What has ended once nothing ends any more: calls that are broken off end a moment after their client."""
    last = None
    while (now := _ended(target)) != last:
        last = now
        time.sleep(_SETTLING_SECONDS)
    return now


def _ended(target: Target) -> Counter[str]:
    ended: Counter[str] = Counter()
    for url in target.metrics:
        with urllib.request.urlopen(url, timeout=5) as answer:
            ended += ended_calls(answer.read().decode())
    return ended


def _peer(text: str) -> Target:
    name, _, addresses = text.partition("=")
    users, notes, bridge = addresses.split(",")
    return Target(name, users=users, notes=notes, users_bridge=bridge, notes_bridge=bridge)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--notes", type=int, default=4000)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5, help="rates are of the best one, ratios medians of all")
    parser.add_argument(
        "--peer", action="append", type=_peer, default=[], metavar="NAME=USERS,NOTES,BRIDGE", help="host:port of each"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
