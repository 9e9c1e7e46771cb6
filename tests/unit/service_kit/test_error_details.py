from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo

from service_kit.errors import Aborted, InvalidArgument, NotFound, Unavailable, Violation
from service_kit.rpc.error_details import error_status, error_trailers


def test_an_error_carries_its_reason_in_the_domain() -> None:
    status = error_status(NotFound("user not found", "USER_NOT_FOUND"))
    info = ErrorInfo()

    assert (status.code, status.message) == (5, "user not found")
    assert status.details[0].Unpack(info)
    assert (info.reason, info.domain) == ("USER_NOT_FOUND", "notewire")


def test_every_faulty_field_is_named_up_to_ten() -> None:
    status = error_status(InvalidArgument([Violation(f"field{n}", "is wrong") for n in range(12)]))
    request = BadRequest()

    assert status.details[1].Unpack(request)
    assert [violation.field for violation in request.field_violations] == [f"field{n}" for n in range(10)]


def test_metadata_goes_into_the_error_info() -> None:
    status = error_status(Aborted("the note changed", "STALE_VERSION", {"current_version": "7"}))
    info = ErrorInfo()

    assert status.details[0].Unpack(info)
    assert dict(info.metadata) == {"current_version": "7"}


def test_a_retry_is_announced_where_it_helps() -> None:
    status = error_status(Unavailable("the database does not answer", retry_after=1.5))
    retry = RetryInfo()

    assert status.details[1].Unpack(retry)
    assert retry.retry_delay.ToTimedelta().total_seconds() == 1.5


def test_an_error_about_huge_input_fits_into_trailers() -> None:
    error = InvalidArgument([Violation("é" * 5000, "😀" * 5000)] * 10, "x" * 100_000)
    ((_, details),) = error_trailers(error)

    assert len(details) < 12_000
