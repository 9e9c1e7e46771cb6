"""What the benchmark calls, and the people and notes that it makes first.

Only what the published tutorial has is used, so that other implementations of it can run beside Notewire.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TypeVar

import grpc

from notewire_proto import note_pb2, note_pb2_grpc, user_pb2, user_pb2_grpc

T = TypeVar("T")

SHARES = 3
PAGE = 20
# Each call is for one of so many people or notes.
SPREAD = 16


@dataclass(frozen=True, slots=True)
class Target:
    """Addresses of one implementation: host:port or unix:/path, and metrics URLs where it has them."""

    name: str
    users: str
    notes: str
    users_bridge: str
    notes_bridge: str
    metrics: tuple[str, ...] = ()


@dataclass(slots=True)
class Population:
    """Ids that a target gave to what was made on it."""

    users: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    service: str
    method: str
    messages: Callable[[Population], list[bytes]]
    grpc_web: bool = False

    @property
    def path(self) -> str:
        return f"/{self.service}/{self.method}"

    def address(self, target: Target) -> str:
        if self.service == "user.UserService":
            return target.users_bridge if self.grpc_web else target.users
        return target.notes_bridge if self.grpc_web else target.notes


def _get_user(made: Population) -> list[bytes]:
    return [user_pb2.GetUserRequest(id=made.users[k]).SerializeToString() for k in range(SPREAD)]


def _get_note(made: Population) -> list[bytes]:
    return [note_pb2.GetNoteRequest(id=made.notes[k]).SerializeToString() for k in range(SPREAD)]


def _list_notes(made: Population) -> list[bytes]:
    return [
        note_pb2.ListNotesByUserRequest(user_id=made.users[k], page=1, page_size=PAGE).SerializeToString()
        for k in range(SPREAD)
    ]


def _list_users(made: Population) -> list[bytes]:
    return [user_pb2.ListUsersRequest(page=1, page_size=50).SerializeToString()]


def _update_note(made: Population) -> list[bytes]:
    return [
        note_pb2.UpdateNoteRequest(id=made.notes[60 + k], title="new", content="body " * 50).SerializeToString()
        for k in range(SPREAD)
    ]


def _create_note(made: Population) -> list[bytes]:
    return [
        note_pb2.CreateNoteRequest(
            title="x", content="lorem ipsum " * 40, user_id=made.users[-1 - k]
        ).SerializeToString()
        for k in range(SPREAD)
    ]


_USERS, _NOTES = "user.UserService", "note.NoteService"
SCENARIOS = [
    Scenario("GetUser", _USERS, "GetUser", _get_user),
    Scenario(f"GetNote, {SHARES} shared users", _NOTES, "GetNote", _get_note),
    Scenario(f"ListNotesByUser, {PAGE} notes shared with {SHARES}", _NOTES, "ListNotesByUser", _list_notes),
    Scenario("ListUsers, page of 50", _USERS, "ListUsers", _list_users),
    Scenario("UpdateNote", _NOTES, "UpdateNote", _update_note),
    Scenario("CreateNote", _NOTES, "CreateNote", _create_note),
    Scenario("GetUser, gRPC-Web", _USERS, "GetUser", _get_user, grpc_web=True),
    Scenario(f"GetNote, {SHARES} shared users, gRPC-Web", _NOTES, "GetNote", _get_note, grpc_web=True),
    Scenario(
        f"ListNotesByUser, {PAGE} notes shared with {SHARES}, gRPC-Web",
        _NOTES,
        "ListNotesByUser",
        _list_notes,
        grpc_web=True,
    ),
]


# A machine under load may keep a commit waiting longer than a service lets it; the load itself is what is measured.
_RETRY = [
    (
        "grpc.service_config",
        json.dumps(
            {
                "methodConfig": [
                    {
                        "name": [{}],
                        "retryPolicy": {
                            "maxAttempts": 5,
                            "initialBackoff": "0.1s",
                            "maxBackoff": "1s",
                            "backoffMultiplier": 2,
                            "retryableStatusCodes": ["UNAVAILABLE"],
                        },
                    }
                ]
            }
        ),
    )
]


async def populate(target: Target, *, users: int, notes: int) -> Population:
    """Makes people and notes over native gRPC; the first notes of the first people are shared with three others."""
    made = Population()
    tag = format(time.time_ns(), "x")
    chosen = random.Random(7)
    async with (
        grpc.aio.insecure_channel(target.users, _RETRY) as user_channel,
        grpc.aio.insecure_channel(target.notes, _RETRY) as channel,
    ):
        people = user_pb2_grpc.UserServiceStub(user_channel)
        service = note_pb2_grpc.NoteServiceStub(channel)

        async def new_user(number: int) -> str:
            name = f"u{tag}{number}"
            return (await people.CreateUser(user_pb2.CreateUserRequest(username=name, email=f"{name}@example.com"))).id

        async def new_note(number: int) -> str:
            owner = made.users[number % users]
            request = note_pb2.CreateNoteRequest(title=f"Note {number}", content="lorem ipsum " * 40, user_id=owner)
            return (await service.CreateNote(request)).id

        async def share(number: int, with_user: str) -> None:
            await service.ShareNote(note_pb2.ShareNoteRequest(note_id=made.notes[number], user_id=with_user))

        made.users = await _side_by_side([new_user(number) for number in range(users)])
        made.notes = await _side_by_side([new_note(number) for number in range(notes)])
        shares = []
        for number in range(notes):
            if number % users < SPREAD or number < 50:
                others = [user for user in made.users if user != made.users[number % users]]
                shares += [share(number, user) for user in chosen.sample(others, SHARES)]
        await _side_by_side(shares)
    return made


async def _side_by_side(calls: list[Coroutine[None, None, T]]) -> list[T]:
    limit = asyncio.Semaphore(32)

    async def one(call: Coroutine[None, None, T]) -> T:
        async with limit:
            return await call

    return list(await asyncio.gather(*(one(call) for call in calls)))
