"""One run of h2load, the load generator of nghttp2, for one gRPC method."""

import re
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

_NATIVE_HEADERS = ["content-type: application/grpc", "te: trailers"]
_WEB_HEADERS = ["content-type: application/grpc-web+proto", "x-grpc-web: 1"]
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Result:
    """Requests per second, their mean time in milliseconds, and how many failed as HTTP sees it."""

    rate: float
    mean_ms: float
    failed: int


def run(address: str, path: str, messages: list[bytes], *, seconds: int, in_flight: int, grpc_web: bool) -> Result:
    """Sends each message over and over from an h2load of its own, all at the same time.

    Native calls share one HTTP/2 connection for each message; gRPC-Web takes an HTTP/1.1 connection for each call in
    flight, as browsers without HTTP/2 do. `address` is host:port or unix:/path.
    """
    share = str(max(1, in_flight // len(messages)))
    command = ["h2load", "-D", str(seconds), "--warm-up-time", "1"]
    command += ["--h1", "-c", share] if grpc_web else ["-c", "1", "-m", share]
    for header in _WEB_HEADERS if grpc_web else _NATIVE_HEADERS:
        command += ["-H", header]
    if address.startswith("unix:"):
        command += ["-B", address]
    url = f"http://{'localhost' if address.startswith('unix:') else address}{path}"
    with tempfile.TemporaryDirectory() as folder:
        running = []
        for number, message in enumerate(messages):
            body = Path(folder, str(number))
            body.write_bytes(b"\0" + struct.pack(">I", len(message)) + message)
            running.append(subprocess.Popen([*command, "-d", str(body), url], stdout=subprocess.PIPE, text=True))
        results = [parse(process.communicate(timeout=seconds + 60)[0]) for process in running]
    rate = sum(result.rate for result in results)
    mean = sum(result.rate * result.mean_ms for result in results) / max(rate, 1e-9)
    return Result(rate, mean, sum(result.failed for result in results))


def parse(output: str) -> Result:
    """Reads h2load's closing report; ValueError with the report when it has none."""
    rate = re.search(r"finished in .*?, ([\d.]+) req/s", output)
    mean = re.search(r"time for request:\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)", output)
    counts = re.search(r"(\d+) failed, (\d+) errored", output)
    codes = re.search(r"status codes: \d+ 2xx, \d+ 3xx, (\d+) 4xx, (\d+) 5xx", output)
    if not (rate and mean and counts and codes):
        raise ValueError(f"h2load did not report:\n{output}")
    failed = sum(int(number) for match in (counts, codes) for number in match.groups())
    return Result(float(rate[1]), float(mean[1]) * _UNITS[mean[2]], failed)
