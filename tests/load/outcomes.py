"""How calls ended, by the services' own metrics: h2load sees HTTP alone."""

import re
from collections import Counter

_UNARY = re.compile(r'grpc_server_handled_total{.*grpc_code="(\w+)".*} (\S+)')


def ended_calls(metrics: str) -> Counter[str]:
    """Unary calls so far by the name of their status, from a page of metrics."""
    ended: Counter[str] = Counter()
    for line in metrics.splitlines():
        found = _UNARY.match(line)
        if found and 'grpc_type="unary"' in line:
            ended[found[1]] += int(float(found[2]))
    return ended


def failures(before: Counter[str], after: Counter[str], in_flight: int) -> int:
    """Calls of a run that failed.

    h2load breaks off what is in flight when its time is up, and the services count that as Cancelled: so many of
    them are no failures.
    """
    ended = after - before
    return max(0, ended["Cancelled"] - in_flight) + sum(
        number for code, number in ended.items() if code not in {"OK", "Cancelled"}
    )
