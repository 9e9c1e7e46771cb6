"""Plain JSON calls: what they answer, and that every error has one shape."""

from typing import Any

import pytest

from tests.integration.bridge.http import Response, post_json, request

CREATE = "/user.UserService/CreateUser"


def error(response: Response) -> tuple[int, int, str]:
    """HTTP status, gRPC code and message of an error, which has nothing beside them but details."""
    assert set(response.json) == {"code", "message", "details"}
    return response.status, response.json["code"], response.json["message"]


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/grpc-web+json"],
)
def test_a_call(port: int, content_type: str) -> None:
    answer = post_json(port, CREATE, {"username": "bob", "email": "bob@example.com"}, content_type=content_type)
    assert answer.status == 200
    assert answer.json == {
        "id": "1",
        "username": "bob",
        "email": "bob@example.com",
        "createdAt": "9007199254740993",
        "updatedAt": "0",
    }


def test_an_error_of_the_service_has_its_details(port: int) -> None:
    answer = post_json(port, CREATE, {"username": "taken"})
    assert error(answer) == (409, 6, "username already exists")
    [detail] = answer.json["details"]
    assert detail["@type"] == "type.googleapis.com/google.rpc.BadRequest"
    assert [violation["field"] for violation in detail["fieldViolations"]] == ["field0", "field1"]


@pytest.mark.parametrize(
    "body",
    [b'{"username": ', b"nonsense", b'{"username": 5}', b"[1]", b'{"username": "\xff\xfe"}', b'"\x00"'],
)
def test_a_body_that_is_no_such_message_is_an_invalid_argument(port: int, body: bytes) -> None:
    assert error(post_json(port, CREATE, body))[:2] == (400, 3)


def test_an_empty_body_is_an_empty_message(port: int) -> None:
    assert post_json(port, CREATE, b"").json["username"] == ""


@pytest.mark.parametrize("path", ["/user.UserService/Nothing", "/user.Nothing/CreateUser", "/note.NoteService/X"])
def test_an_unknown_method_is_unimplemented(port: int, path: str) -> None:
    assert error(post_json(port, path, {}))[:2] == (404, 12)


def test_a_method_that_the_service_lacks_is_unimplemented(port: int) -> None:
    assert error(post_json(port, "/user.UserService/GetUser", {}))[:2] == (501, 12)


@pytest.mark.parametrize(
    "path",
    [
        "/user.UserDirectory/BatchGetUsers",
        "//user.UserDirectory/./BatchGetUsers",
        "/user%2eUserDirectory/BatchGetUsers",
        "/user.UserService/../user.UserDirectory/BatchGetUsers",
    ],
)
def test_services_alone_reach_the_user_directory_however_it_is_spelt(port: int, path: str) -> None:
    assert error(post_json(port, path, {})) == (404, 12, "unknown service")


def test_an_escaped_slash_is_refused(port: int) -> None:
    assert error(post_json(port, "/x%2f..%2fuser.UserDirectory/BatchGetUsers", {}))[:2] == (400, 3)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
def test_no_other_content_type_can_call(port: int, content_type: str) -> None:
    assert error(post_json(port, CREATE, {"username": "bob"}, content_type=content_type))[:2] == (415, 3)


def test_a_body_without_content_type_cannot_call(port: int) -> None:
    assert error(request(port, "POST", CREATE, b"{}"))[:2] == (415, 3)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_call_is_a_post(port: int, method: str) -> None:
    answer = request(port, method, CREATE, headers={"content-type": "application/json"})
    assert error(answer)[:2] == (405, 12)
    assert answer.headers["allow"] == "POST"


def test_an_unknown_query_parameter_is_refused_and_a_known_one_overrides_nothing(port: int) -> None:
    assert error(post_json(port, f"{CREATE}?nothing=1", {"username": "bob"}))[:2] == (400, 3)
    assert post_json(port, f"{CREATE}?username=eve", {"username": "bob"}).json["username"] == "bob"


@pytest.mark.parametrize(("size", "status"), [(4_000_000, 200), (4_200_000, 429), (6_400_000, 413)])
def test_a_message_has_at_most_4_mib_and_its_json_6(port: int, size: int, status: int) -> None:
    answer = post_json(port, CREATE, {"username": "x" * size})
    assert answer.status == status
    if status != 200:
        assert error(answer)[:2] == (status, 8)


def test_headers_have_at_most_32_kib(port: int) -> None:
    assert error(post_json(port, CREATE, {}, x_mine="x" * 40_000))[:2] == (431, 8)


def test_a_great_answer_comes_whole(port: int) -> None:
    answer: Any = post_json(port, "/user.UserService/ListUsers", {"pageSize": 3500}).json
    assert len(answer["users"]) == 3500


def test_a_deadline_reaches_the_service(port: int) -> None:
    assert error(post_json(port, CREATE, {"username": "slow"}, grpc_timeout="200m"))[:2] == (504, 4)
