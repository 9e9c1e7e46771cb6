from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from grpc import StatusCode

from note_svc.domain.change import StaleVersion
from service_kit.errors import InvalidArgument, ServiceError, Unavailable, Violation
from service_kit.rpc.error_details import code_of, error_status, error_trailers
from user_svc.domain.user import UserNotFound


def test_an_error_carries_its_reason_in_the_domain() -> None:
    status = error_status(UserNotFound())
    info = ErrorInfo()

    assert (status.code, status.message) == (5, "user not found")
    assert status.details[0].Unpack(info)
    assert (info.reason, info.domain) == ("USER_NOT_FOUND", "notewire")


def test_every_kind_of_error_has_a_code() -> None:
    assert {code_of(kind.__new__(kind)) for kind in ServiceError.__subclasses__()}.isdisjoint({StatusCode.UNKNOWN})


def test_every_faulty_field_is_named_up_to_ten() -> None:
    status = error_status(InvalidArgument([Violation(f"field{n}", "is wrong") for n in range(12)]))
    request = BadRequest()

    assert status.details[1].Unpack(request)
    assert [violation.field for violation in request.field_violations] == [f"field{n}" for n in range(10)]


def test_metadata_goes_into_the_error_info() -> None:
    status = error_status(StaleVersion(7))
    info = ErrorInfo()

    assert status.details[0].Unpack(info)
    assert dict(info.metadata) == {"current_version": "7"}


def test_a_retry_is_announced_where_it_helps() -> None:
    status = error_status(Unavailable("the database does not answer"))
    retry = RetryInfo()

    assert status.details[1].Unpack(retry)
    assert retry.retry_delay.ToTimedelta().total_seconds() == 1


def test_an_error_about_huge_input_fits_into_trailers() -> None:
    error = InvalidArgument([Violation("é" * 5000, "😀" * 5000)] * 10, "x" * 100_000)
    ((_, details),) = error_trailers(error)

    assert len(details) < 12_000
