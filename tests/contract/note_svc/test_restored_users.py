"""note_svc after a restore of the database of users, under both services or while they are away."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from grpc import StatusCode

from notewire_proto import user_pb2
from tests.backups import backup, restore
from tests.contract.note_svc.services import Services, code_of, seconds_until

RESTORED_SECONDS = 2.0  # promised; a latency is tested at three times its figure


async def shows(services: Services, note_id: str, name: str) -> bool:
    return (await services.get(note_id)).user.username == name


async def may_write(services: Services, user_id: str) -> bool:
    return await code_of(services.note(user_id)) is StatusCode.OK


async def has_left_nothing(services: Services, note_id: str) -> bool:
    return await code_of(services.get(note_id)) is StatusCode.NOT_FOUND


async def grow(services: Services, count: int) -> None:
    """Lets the feed grow by so many changes, one after the other."""
    someone = await services.user()
    for number in range(count):
        await services.rename(someone, f"someone{number}")
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("grown", [0, 10])
async def test_names_are_those_of_the_backup_and_a_deleted_user_who_is_back_writes_again(
    services: Services, database_urls: tuple[str, str], grown: int
) -> None:
    users_url, _ = database_urls
    alice, bob = await services.user(), await services.user()
    note, doomed = await services.note(alice), await services.note(bob)
    dump = await asyncio.to_thread(backup, users_url)
    await services.rename(alice, "renamed")
    await seconds_until(lambda: shows(services, note.id, "renamed"))
    await services.delete_user(bob)
    await seconds_until(lambda: has_left_nothing(services, doomed.id))

    await asyncio.to_thread(restore, users_url, dump)
    took = await seconds_until(lambda: shows(services, note.id, "user1"))
    print(f"names are right again {took * 1000:.0f} ms after a restore (promised: {RESTORED_SECONDS:g} s)")
    assert took < 3 * RESTORED_SECONDS
    await grow(services, grown)
    took = await seconds_until(lambda: may_write(services, bob))
    print(f"who is back writes {took * 1000:.0f} ms later")
    assert took < 3 * RESTORED_SECONDS
    # The feed is followed as before.
    await services.rename(alice, "another")
    await seconds_until(lambda: shows(services, note.id, "another"))
    await services.delete_user(alice)
    await seconds_until(lambda: has_left_nothing(services, note.id))


async def test_a_feed_that_has_grown_past_the_old_position_while_note_svc_was_away_is_noticed(
    services: Services, database_urls: tuple[str, str]
) -> None:
    users_url, _ = database_urls
    alice, bob, carol = [await services.user() for _ in range(3)]
    note, kept, doomed = await services.note(alice), await services.note(carol), await services.note(bob)
    dump = await asyncio.to_thread(backup, users_url)
    await services.rename(alice, "renamed")
    await services.delete_user(bob)
    await seconds_until(lambda: has_left_nothing(services, doomed.id))
    await services.stop("notes")

    await asyncio.to_thread(restore, users_url, dump)
    # Deleted at a position that note_svc has passed in the history that is gone.
    await services.delete_user(alice)
    await grow(services, 10)
    await services.start_notes()

    await seconds_until(lambda: has_left_nothing(services, note.id))
    await seconds_until(lambda: may_write(services, bob))
    assert await shows(services, kept.id, "user3")


async def test_the_notes_of_somebody_of_whom_nothing_is_known_stay(
    services: Services, database_urls: tuple[str, str]
) -> None:
    users_url, _ = database_urls
    alice = await services.user()
    dump = await asyncio.to_thread(backup, users_url)
    later = await services.user()
    note, theirs = await services.note(alice), await services.note(later)
    await services.rename(alice, "renamed")
    await seconds_until(lambda: shows(services, note.id, "renamed"))

    await asyncio.to_thread(restore, users_url, dump)
    await seconds_until(lambda: shows(services, note.id, "user1"))

    async def is_nobody() -> bool:
        return not (await services.get(theirs.id)).HasField("user")

    await seconds_until(is_nobody)
    assert (await services.get(theirs.id)).user_id == later
    assert await code_of(services.note(later)) is StatusCode.NOT_FOUND


async def test_a_backup_of_the_previous_release_is_one_to_begin_anew_from(
    services: Services, database_urls: tuple[str, str]
) -> None:
    users_url, _ = database_urls
    alice = await services.user()
    note = await services.note(alice)
    dump = await asyncio.to_thread(backup, users_url)
    await services.rename(alice, "renamed")
    await seconds_until(lambda: shows(services, note.id, "renamed"))
    await services.stop("users")
    before_cursors = (
        "SET search_path = public; DROP TABLE user_outbox, user_feed_marks; DROP TRIGGER user_feed_marks ON user_feed;"
        "DROP FUNCTION mark_user_feed; DELETE FROM schema_version WHERE version = 3;"
    )
    await asyncio.to_thread(restore, users_url, dump + before_cursors)
    await services.start_users()
    await seconds_until(partial(shows, services, note.id, "user1"))
    found = await services.users.GetUser(user_pb2.GetUserRequest(id=alice))
    assert found.username == "user1"
