from collections import Counter

from tests.load.outcomes import ended_calls, failures


def handled(kind: str, method: str, code: str, calls: int) -> str:
    labels = f'grpc_type="{kind}",grpc_service="user.UserService",grpc_method="{method}",grpc_code="{code}"'
    return f"grpc_server_handled_total{{{labels}}} {calls}.0"


METRICS = "\n".join(
    [
        "# TYPE grpc_server_handled_total counter",
        handled("unary", "GetUser", "OK", 900),
        handled("unary", "ListUsers", "OK", 100),
        handled("unary", "GetUser", "Cancelled", 60),
        handled("server_stream", "WatchUsers", "Unavailable", 2),
        'grpc_server_started_total{grpc_type="unary",grpc_service="user.UserService",grpc_method="GetUser"} 1000.0',
    ]
)


def test_unary_calls_are_counted_by_their_status() -> None:
    assert ended_calls(METRICS) == Counter(OK=1000, Cancelled=60)


def test_calls_that_the_end_of_a_run_cut_off_are_no_failures() -> None:
    before = Counter(OK=10, Cancelled=7, NotFound=3)
    assert failures(before, before + Counter(OK=500, Cancelled=64), in_flight=64) == 0


def test_cancelled_calls_that_were_not_in_flight_at_the_end_are_failures() -> None:
    assert failures(Counter(), Counter(OK=500, Cancelled=70), in_flight=64) == 6


def test_every_other_status_is_a_failure() -> None:
    before = Counter(Unavailable=5)
    after = Counter(OK=500, Unavailable=7, DeadlineExceeded=1, Cancelled=2)
    assert failures(before, after, in_flight=64) == 3
