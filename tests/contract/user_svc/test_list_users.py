"""ListUsers: pages by number and by token."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from grpc import StatusCode

from notewire_proto import user_pb2
from tests.contract.user_svc.people import create
from tests.failures import failure

if TYPE_CHECKING:
    from notewire_proto.user_pb2_grpc import UserServiceAsyncStub

ORDERS = ["", "created_at desc", "created_at", "username", "username desc"]


def names(answer: user_pb2.ListUsersResponse) -> list[str]:
    return [user.username for user in answer.users]


def in_order(made: list[str], order_by: str) -> list[str]:
    """The usernames, given in the order in which they were made, as a list would show them."""
    if order_by.startswith("username"):
        return sorted(made, key=str.casefold, reverse=order_by.endswith("desc"))
    return made if order_by == "created_at" else made[::-1]


async def make_people(users: UserServiceAsyncStub, count: int) -> list[str]:
    seed = random.randrange(2**32)
    print("seed", seed)
    made = [f"{random.Random(seed + number).choice('aBcD')}{number}" for number in range(count)]
    for name in made:
        await create(users, name)
    return made


async def test_without_anybody_the_list_is_empty(users: UserServiceAsyncStub) -> None:
    assert await users.ListUsers(user_pb2.ListUsersRequest()) == user_pb2.ListUsersResponse()


@pytest.mark.parametrize("order_by", ORDERS)
async def test_pages_by_number_and_by_token_show_everybody_once(users: UserServiceAsyncStub, order_by: str) -> None:
    expected = in_order(await make_people(users, 11), order_by)
    by_number, by_token, token = [], [], ""
    for page in (1, 2, 3):
        numbered = await users.ListUsers(user_pb2.ListUsersRequest(page=page, page_size=4, order_by=order_by))
        tokened = await users.ListUsers(user_pb2.ListUsersRequest(page_size=4, page_token=token, order_by=order_by))
        by_number += names(numbered)
        by_token += names(tokened)
        token = tokened.next_page_token
        assert (numbered.total, numbered.total_is_minimum) == (tokened.total, tokened.total_is_minimum) == (11, False)
        assert bool(token) == bool(numbered.next_page_token) == (page < 3)

    assert by_number == by_token == expected


async def test_an_exact_last_page_has_no_token(users: UserServiceAsyncStub) -> None:
    await make_people(users, 4)

    answer = await users.ListUsers(user_pb2.ListUsersRequest(page=2, page_size=2))

    assert (len(answer.users), answer.next_page_token) == (2, "")


@pytest.mark.parametrize("order_by", ORDERS)
async def test_tokens_skip_and_repeat_nobody_while_people_come_and_go(
    users: UserServiceAsyncStub, order_by: str
) -> None:
    expected = in_order(await make_people(users, 9), order_by)
    first = await users.ListUsers(user_pb2.ListUsersRequest(page_size=3, order_by=order_by))
    await create(users, "a-newcomer")
    await create(users, "z-newcomer")
    await users.DeleteUser(user_pb2.DeleteUserRequest(id=first.users[2].id))

    seen, token = names(first), first.next_page_token
    while token:
        answer = await users.ListUsers(user_pb2.ListUsersRequest(page_size=3, page_token=token, order_by=order_by))
        seen += names(answer)
        token = answer.next_page_token

    assert [name for name in seen if not name.endswith("newcomer")] == expected
    assert len(seen) == len(set(seen))


async def test_a_page_size_is_defaulted_and_clamped(users: UserServiceAsyncStub) -> None:
    await make_people(users, 21)

    for size, shown in ((0, 20), (5, 5), (100, 21), (101, 21), (2**31 - 1, 21)):
        assert len((await users.ListUsers(user_pb2.ListUsersRequest(page_size=size))).users) == shown


@pytest.mark.parametrize("page", [2, 1000, 10_001, 1_000_000, 2**31 - 1])
async def test_a_page_past_the_end_is_empty(users: UserServiceAsyncStub, page: int) -> None:
    await make_people(users, 2)

    answer = await users.ListUsers(user_pb2.ListUsersRequest(page=page, page_size=100))

    assert (names(answer), answer.total, answer.next_page_token) == ([], 2, "")


async def test_every_fault_of_a_list_is_named(users: UserServiceAsyncStub) -> None:
    failed = await failure(
        users.ListUsers(user_pb2.ListUsersRequest(page=-1, page_size=-1, order_by="email; DROP TABLE users"))
    )

    assert failed.code is StatusCode.INVALID_ARGUMENT
    assert set(failed.violations) == {"page", "page_size", "order_by"}


async def test_a_token_is_bound_to_its_order(users: UserServiceAsyncStub) -> None:
    await make_people(users, 3)
    tokens = {
        order: (await users.ListUsers(user_pb2.ListUsersRequest(page_size=1, order_by=order))).next_page_token
        for order in ORDERS[1:]
    }

    for order, token in tokens.items():
        for other in ORDERS[1:]:
            request = user_pb2.ListUsersRequest(page_token=token, order_by=other)
            if other == order:
                assert len((await users.ListUsers(request)).users) == 2
            else:
                assert set((await failure(users.ListUsers(request))).violations) == {"page_token"}


@pytest.mark.parametrize("token", ["x", "\x00", "AAAA", "é", "W10", "eyJhIjoxfQ==", "Z" * 100_000])
async def test_a_forged_token_is_refused(users: UserServiceAsyncStub, token: str) -> None:
    failed = await failure(users.ListUsers(user_pb2.ListUsersRequest(page_token=token)))

    assert failed.code is StatusCode.INVALID_ARGUMENT
    assert set(failed.violations) == {"page_token"}


async def test_a_token_that_was_tampered_with_is_refused(users: UserServiceAsyncStub) -> None:
    await make_people(users, 2)
    token = (await users.ListUsers(user_pb2.ListUsersRequest(page_size=1))).next_page_token
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)

    for _ in range(50):
        place = chance.randrange(len(token))
        forged = token[:place] + chance.choice("AbZ09-_") + token[place + 1 :]
        if forged != token:
            failed = await failure(users.ListUsers(user_pb2.ListUsersRequest(page_token=forged)))
            assert failed.code is StatusCode.INVALID_ARGUMENT
