"""What note_svc knows of users: names that follow renames, deletions that are never missed, life without user_svc."""

from __future__ import annotations

import asyncio
import socket
import time
from functools import partial

import grpc
from grpc import StatusCode

from notewire_proto import note_pb2
from tests.contract.note_svc.services import NOBODY, Services, code_of, seconds_until
from tests.failures import failure

RENAME_SECONDS = 1.0
REFUSAL_SECONDS = 1.0


async def gone(services: Services, note_id: str) -> bool:
    return await code_of(services.get(note_id)) is StatusCode.NOT_FOUND


async def test_a_renamed_user_shows_in_under_a_second(services: Services) -> None:
    alice, bob = await services.user(), await services.user()
    note = await services.share((await services.note(alice)).id, bob)

    async def renamed(owner: str, reader: str) -> bool:
        shown = await services.get(note.id)
        return (shown.user.username, shown.shared_with_users[0].username) == (owner, reader)

    assert await renamed("user1", "user2")
    await services.rename(alice, "Alice")
    await services.rename(bob, "Bob")
    took = await seconds_until(lambda: renamed("Alice", "Bob"))
    print(f"a rename shows after {took * 1000:.0f} ms")
    assert took < 3 * RENAME_SECONDS


async def test_a_deleted_user_leaves_no_note_and_no_share(services: Services) -> None:
    alice, bob = await services.user(), await services.user()
    own, theirs = await services.note(alice), await services.note(bob)
    await services.share(theirs.id, alice)
    await services.delete_user(alice)
    took = await seconds_until(lambda: gone(services, own.id))
    print(f"a deleted user's notes are gone after {took * 1000:.0f} ms")
    assert not (await services.get(theirs.id)).shared_with_user_ids
    for call in (services.note(alice), services.share(theirs.id, alice)):
        failed = await failure(call)
        assert (failed.code, failed.message) == (StatusCode.NOT_FOUND, "user not found")


async def test_a_user_deleted_while_note_svc_is_down_leaves_nothing(services: Services) -> None:
    alice, bob = await services.user(), await services.user()
    own, theirs = await services.note(alice), await services.note(bob)
    await services.share(theirs.id, alice)
    await services.stop("notes")
    await services.delete_user(alice)
    await services.rename(bob, "Bob")
    await services.start_notes()
    await seconds_until(lambda: gone(services, own.id))
    kept = await services.get(theirs.id)
    assert (kept.user.username, list(kept.shared_with_user_ids)) == ("Bob", [])


async def test_reads_go_on_without_user_svc_and_writes_that_must_check_fail_at_once(services: Services) -> None:
    alice, bob = await services.user(), await services.user()
    note = await services.share((await services.note(alice)).id, bob)
    await services.stop("users")

    assert (await services.get(note.id)).user.username == "user1"
    changed = await services.notes.UpdateNote(note_pb2.UpdateNoteRequest(id=note.id, title="x"))
    assert changed.title == "x"
    for refused in (services.note, partial(services.share, note.id)):
        began = time.monotonic()
        failed = await failure(refused(NOBODY))
        took = time.monotonic() - began
        print(f"refused after {took * 1000:.0f} ms")
        assert (failed.code, failed.reason) == (StatusCode.UNAVAILABLE, "USER_SERVICE_UNAVAILABLE")
        assert failed.retry_seconds is not None
        assert took < 3 * REFUSAL_SECONDS

    async def known_user_is_no_longer_enough() -> bool:
        return await code_of(services.note(alice)) is StatusCode.UNAVAILABLE

    await seconds_until(known_user_is_no_longer_enough)
    await services.stop("notes")
    await services.start_notes()
    shown = await services.get(note.id)
    assert (shown.title, shown.HasField("user"), list(shown.shared_with_users)) == ("x", False, [])
    assert list(shown.shared_with_user_ids) == [bob]
    oldest_first = note_pb2.ListNotesByUserRequest(user_id=alice, order_by="created_at")
    assert (await services.notes.ListNotesByUser(oldest_first)).notes[0] == shown

    await services.start_users()

    async def names_are_back() -> bool:
        return (await services.get(note.id)).user.username == "user1"

    await seconds_until(names_are_back)


async def test_a_directory_that_never_answers_delays_a_caller_by_less_than_a_second(services: Services) -> None:
    alice = await services.user()
    note = await services.note(alice)
    await services.stop("notes")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        await services.start_notes(f"127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        assert await code_of(services.note(alice)) is StatusCode.UNAVAILABLE
        assert time.monotonic() - began < 3 * REFUSAL_SECONDS
        began = time.monotonic()
        assert not (await services.get(note.id)).HasField("user")
        assert time.monotonic() - began < 3 * REFUSAL_SECONDS


async def test_a_caller_with_little_time_is_answered_in_it(services: Services) -> None:
    note = await services.note(await services.user())
    await services.stop("notes")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        await services.start_notes(f"127.0.0.1:{silent.getsockname()[1]}")
        shown = await services.notes.GetNote(note_pb2.GetNoteRequest(id=note.id), timeout=0.6)
        assert not shown.HasField("user")


async def test_notes_written_while_users_are_deleted_leave_no_orphan(services: Services) -> None:
    keeper = await services.user()
    shared = await services.note(keeper)
    doomed = [await services.user() for _ in range(6)]
    stop = asyncio.Event()

    async def write(user_id: str) -> None:
        while not stop.is_set():
            for call in (services.note(user_id), services.share(shared.id, user_id)):
                try:
                    await call
                except grpc.aio.AioRpcError as error:
                    assert error.code() in {StatusCode.NOT_FOUND, StatusCode.ALREADY_EXISTS}, error  # noqa: PT017

    writers = [asyncio.create_task(write(user_id)) for user_id in doomed]
    for user_id in doomed:
        await services.delete_user(user_id)
    await services.rename(keeper, "Keeper")

    async def settled() -> bool:
        return await code_of(services.note(doomed[-1])) is StatusCode.NOT_FOUND

    await seconds_until(settled)
    stop.set()
    await asyncio.gather(*writers)

    async def only_the_keeper_has_notes() -> bool:
        everything = await services.notes.ListNotes(note_pb2.ListNotesRequest(page_size=100))
        return [(note.id, list(note.shared_with_user_ids)) for note in everything.notes] == [(shared.id, [])]

    await seconds_until(only_the_keeper_has_notes)
