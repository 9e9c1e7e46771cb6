"""UserService as a native client sees it: the rows of the contract's error table, and what each method promises."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc import StatusCode

from notewire_proto import user_pb2
from tests.contract.user_svc.people import create
from tests.failures import failure

if TYPE_CHECKING:
    from notewire_proto.user_pb2_grpc import UserServiceAsyncStub

NOBODY = "019353c1-7b4e-7c3e-b1a1-f0e1d2c3b4a5"


async def test_a_person_is_made_and_found_again(users: UserServiceAsyncStub) -> None:
    before = int(time.time())
    made = await create(users, "Alice", "Alice@Example.com")

    assert (made.username, made.email) == ("Alice", "Alice@Example.com")
    assert before <= made.created_at == made.updated_at <= time.time()
    assert await users.GetUser(user_pb2.GetUserRequest(id=made.id)) == made
    assert await users.GetUser(user_pb2.GetUserRequest(id=made.id.upper())) == made


@pytest.mark.parametrize(("username", "email"), [("", "a@example.com"), ("alice", ""), ("", "")])
async def test_username_and_email_are_required(users: UserServiceAsyncStub, username: str, email: str) -> None:
    failed = await failure(users.CreateUser(user_pb2.CreateUserRequest(username=username, email=email)))

    assert (failed.code, failed.message) == (StatusCode.INVALID_ARGUMENT, "username and email are required")
    missing = {field for field, value in {"username": username, "email": email}.items() if not value}
    assert failed.violations == dict.fromkeys(missing, "is required")


async def test_all_faults_are_named_at_once(users: UserServiceAsyncStub) -> None:
    failed = await failure(users.CreateUser(user_pb2.CreateUserRequest(username="a b", email="nobody")))

    assert failed.code is StatusCode.INVALID_ARGUMENT
    assert set(failed.violations) == {"username", "email"}


@pytest.mark.parametrize(
    ("username", "email"),
    [
        ("a\x00", "a@example.com"),
        ("alice", "a\x00@example.com"),
        ("al\tice", "a@example.com"),
        ("x" * 65, "a@example.com"),
        ("alice", "a" * 250 + "@example.com"),
        ("x" * 1_000_000, "y" * 1_000_000),
        ("älice", "a@example.com"),
    ],
)
async def test_malformed_fields_are_refused(users: UserServiceAsyncStub, username: str, email: str) -> None:
    failed = await failure(users.CreateUser(user_pb2.CreateUserRequest(username=username, email=email)))

    assert failed.code is StatusCode.INVALID_ARGUMENT
    assert failed.violations


@pytest.mark.parametrize(
    ("username", "email", "message"),
    [
        ("ALICE", "other@example.com", "username already exists"),
        ("other", "ALICE@Example.Com", "email already exists"),
        ("other", "JÖRG@BÜCHER.DE", "email already exists"),
        ("other", "jo\u0308rg@xn--bcher-kva.de", "email already exists"),
    ],
)
async def test_names_are_unique_in_any_letter_case(
    users: UserServiceAsyncStub, username: str, email: str, message: str
) -> None:
    await create(users, "alice")
    await create(users, "joerg", "jörg@bücher.de")

    failed = await failure(users.CreateUser(user_pb2.CreateUserRequest(username=username, email=email)))

    assert (failed.code, failed.message) == (StatusCode.ALREADY_EXISTS, message)


@pytest.mark.parametrize(
    ("names", "emails", "message"),
    [
        (["racer", "RACER", "Racer"], ["1@example.com", "2@example.com", "3@example.com"], "username already exists"),
        (["one", "two", "three"], ["r@example.com", "R@example.com", "r@EXAMPLE.com"], "email already exists"),
    ],
)
async def test_of_racing_creations_one_wins(
    users: UserServiceAsyncStub, names: list[str], emails: list[str], message: str
) -> None:
    pairs = zip(names, emails, strict=True)
    requests = [user_pb2.CreateUserRequest(username=name, email=email) for name, email in pairs]

    results = await asyncio.gather(*(users.CreateUser(request) for request in requests * 5), return_exceptions=True)

    errors = [result for result in results if isinstance(result, grpc.aio.AioRpcError)]
    assert len(results) - len(errors) == 1
    assert Counter((error.code(), error.details()) for error in errors)[StatusCode.ALREADY_EXISTS, message] >= 10
    assert {error.code() for error in errors} == {StatusCode.ALREADY_EXISTS}


@pytest.mark.parametrize("identity", [NOBODY, "x", "\x00", "' OR 1=1", "019353c1", "9" * 100_000])
async def test_an_id_that_names_nobody_is_not_found(users: UserServiceAsyncStub, identity: str) -> None:
    for call in (
        users.GetUser(user_pb2.GetUserRequest(id=identity)),
        users.UpdateUser(user_pb2.UpdateUserRequest(id=identity, username="x")),
        users.UpdateUser(user_pb2.UpdateUserRequest(id=identity)),
        users.DeleteUser(user_pb2.DeleteUserRequest(id=identity)),
    ):
        failed = await failure(call)
        assert (failed.code, failed.message) == (StatusCode.NOT_FOUND, "user not found")
        assert failed.reason == "USER_NOT_FOUND"


async def test_an_empty_id_is_a_fault(users: UserServiceAsyncStub) -> None:
    for call in (
        users.GetUser(user_pb2.GetUserRequest()),
        users.UpdateUser(user_pb2.UpdateUserRequest()),
        users.DeleteUser(user_pb2.DeleteUserRequest()),
    ):
        failed = await failure(call)
        assert failed.code is StatusCode.INVALID_ARGUMENT
        assert failed.violations == {"id": "is required"}


async def test_an_update_changes_the_fields_that_are_present(users: UserServiceAsyncStub) -> None:
    made = await create(users, "alice")

    renamed = await users.UpdateUser(user_pb2.UpdateUserRequest(id=made.id, username="Alicia"))
    moved = await users.UpdateUser(user_pb2.UpdateUserRequest(id=made.id, email="new@example.com"))

    assert (renamed.username, renamed.email) == ("Alicia", "alice@example.com")
    assert (moved.username, moved.email) == ("Alicia", "new@example.com")
    assert moved.created_at == made.created_at
    assert await users.GetUser(user_pb2.GetUserRequest(id=made.id)) == moved


async def test_an_update_may_change_the_letter_case_of_ones_own_name(users: UserServiceAsyncStub) -> None:
    made = await create(users, "alice")

    changed = await users.UpdateUser(user_pb2.UpdateUserRequest(id=made.id, username="ALICE"))

    assert changed.username == "ALICE"


async def test_an_update_without_fields_changes_nothing(users: UserServiceAsyncStub) -> None:
    made = await create(users, "alice")

    assert await users.UpdateUser(user_pb2.UpdateUserRequest(id=made.id)) == made


async def test_an_update_to_a_taken_name_is_refused(users: UserServiceAsyncStub) -> None:
    await create(users, "alice")
    bob = await create(users, "bob")

    for request, message in (
        (user_pb2.UpdateUserRequest(id=bob.id, username="Alice"), "username already exists"),
        (user_pb2.UpdateUserRequest(id=bob.id, email="ALICE@example.com"), "email already exists"),
    ):
        failed = await failure(users.UpdateUser(request))
        assert (failed.code, failed.message) == (StatusCode.ALREADY_EXISTS, message)


async def test_an_update_to_nothing_names_every_fault(users: UserServiceAsyncStub) -> None:
    failed = await failure(users.UpdateUser(user_pb2.UpdateUserRequest(id="", username="", email="")))

    assert failed.code is StatusCode.INVALID_ARGUMENT
    assert failed.violations == {"id": "is required", "username": "is required", "email": "is required"}


async def test_a_deleted_person_is_gone_and_their_names_are_free(users: UserServiceAsyncStub) -> None:
    made = await create(users, "alice")

    answer = await users.DeleteUser(user_pb2.DeleteUserRequest(id=made.id))

    assert answer.success
    assert (await failure(users.GetUser(user_pb2.GetUserRequest(id=made.id)))).code is StatusCode.NOT_FOUND
    assert (await failure(users.DeleteUser(user_pb2.DeleteUserRequest(id=made.id)))).code is StatusCode.NOT_FOUND
    assert (await create(users, "alice")).id != made.id


async def test_search_finds_by_the_beginning_of_username_or_email(users: UserServiceAsyncStub) -> None:
    await create(users, "Alice", "zoe@example.com")
    await create(users, "bob", "ALfred@example.com")
    await create(users, "carol", "JÖRG@example.com")

    async def search(prefix: str, limit: int = 0) -> list[str]:
        answer = await users.SearchUsers(user_pb2.SearchUsersRequest(prefix=prefix, limit=limit))
        return [user.username for user in answer.users]

    assert await search("al") == ["Alice", "bob"]
    assert await search("AL", 1) == ["Alice"]
    assert await search("jörg") == ["carol"]
    assert await search("lice") == []
    assert await search("%") == []
    assert await search("a_") == []


async def test_search_gives_at_most_ten(users: UserServiceAsyncStub) -> None:
    for number in range(12):
        await create(users, f"same{number:02}")

    for limit in (0, 10, 11, 2**31 - 1):
        answer = await users.SearchUsers(user_pb2.SearchUsersRequest(prefix="same", limit=limit))
        assert [user.username for user in answer.users] == [f"same{number:02}" for number in range(10)]


@pytest.mark.parametrize(
    "request_",
    [
        user_pb2.SearchUsersRequest(),
        user_pb2.SearchUsersRequest(prefix="a\x00"),
        user_pb2.SearchUsersRequest(prefix="x" * 255),
        user_pb2.SearchUsersRequest(prefix="a", limit=-1),
    ],
)
async def test_a_malformed_search_is_refused(
    users: UserServiceAsyncStub, request_: user_pb2.SearchUsersRequest
) -> None:
    assert (await failure(users.SearchUsers(request_))).code is StatusCode.INVALID_ARGUMENT


async def test_bytes_that_are_no_message_are_refused(channel: grpc.aio.Channel) -> None:
    for method in ("CreateUser", "GetUser", "ListUsers", "UpdateUser", "DeleteUser", "SearchUsers"):
        for data in (b"\xff" * 20, b"\x0a\x05x"):
            call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(f"/user.UserService/{method}")
            assert (await failure(call(data))).code is StatusCode.INVALID_ARGUMENT


async def test_a_message_over_the_size_limit_is_refused(users: UserServiceAsyncStub) -> None:
    failed = await failure(users.GetUser(user_pb2.GetUserRequest(id="x" * 5_000_000)))

    assert failed.code is StatusCode.RESOURCE_EXHAUSTED
