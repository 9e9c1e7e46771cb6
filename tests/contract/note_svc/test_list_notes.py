"""Lists of notes as a native client sees them."""

from __future__ import annotations

import asyncio

from grpc import StatusCode

from notewire_proto import note_pb2
from tests.contract.note_svc.services import NOBODY, Services
from tests.failures import failure

ORDERS = ["created_at desc", "created_at", "updated_at desc", "updated_at", "title", "title desc"]


def titles(response: note_pb2.ListNotesResponse) -> list[str]:
    return [note.title for note in response.notes]


def by_user(user_id: str, **fields: object) -> note_pb2.ListNotesByUserRequest:
    return note_pb2.ListNotesByUserRequest(user_id=user_id, **fields)  # type: ignore[arg-type]


async def test_pages_by_number_newest_first(services: Services) -> None:
    alice = await services.user()
    for number in range(5):
        await services.note(alice, str(number))
    first = await services.notes.ListNotesByUser(by_user(alice, page=1, page_size=2))
    assert (titles(first), first.total, first.total_is_minimum) == (["4", "3"], 5, False)
    last = await services.notes.ListNotesByUser(by_user(alice, page=3, page_size=2))
    assert (titles(last), last.total, last.next_page_token) == (["0"], 5, "")
    for page in (4, 2**31 - 1):
        beyond = await services.notes.ListNotesByUser(by_user(alice, page=page, page_size=100))
        assert (titles(beyond), beyond.total, beyond.next_page_token) == ([], 5, "")
    assert titles(await services.notes.ListNotes(note_pb2.ListNotesRequest(page_size=1_000_000))) == list("43210")


async def test_tokens_walk_every_list_in_every_order(services: Services) -> None:
    alice, bob = await services.user(), await services.user()
    for title in ("b", "A", "c"):
        await services.note(alice, title)
        await services.share((await services.note(bob, title * 2)).id, alice)
    for scope, length in (("OWNED", 3), ("SHARED", 3), ("ALL", 6), ("UNSPECIFIED", 3)):
        for order_by in ("", *ORDERS):
            request = by_user(alice, order_by=order_by, scope=f"NOTE_SCOPE_{scope}", page_size=100)
            whole = await services.notes.ListNotesByUser(request)
            assert len(whole.notes) == whole.total == length
            assert await walk(services, request) == list(whole.notes)
    everything = by_user(alice, scope=note_pb2.NOTE_SCOPE_ALL, order_by="title")
    assert titles(await services.notes.ListNotesByUser(everything)) == ["A", "AA", "b", "bb", "c", "cc"]


async def walk(services: Services, request: note_pb2.ListNotesByUserRequest) -> list[note_pb2.Note]:
    """All notes of a list, two at a time."""
    request.page_size = 2
    found: list[note_pb2.Note] = []
    while True:
        page = await services.notes.ListNotesByUser(request)
        found += page.notes
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


async def test_a_token_stays_stable_while_notes_are_added(services: Services) -> None:
    alice = await services.user()
    for number in range(4):
        await services.note(alice, str(number))
    first = await services.notes.ListNotes(note_pb2.ListNotesRequest(page_size=2))
    await services.note(alice, "new")
    second = await services.notes.ListNotes(
        note_pb2.ListNotesRequest(page_size=2, page=7, page_token=first.next_page_token)
    )
    assert titles(first) + titles(second) == ["3", "2", "1", "0"]


async def test_a_token_means_nothing_in_another_list(services: Services) -> None:
    alice, bob = await services.user(), await services.user()
    for _ in range(3):
        await services.note(alice)
    token = (await services.notes.ListNotesByUser(by_user(alice, page_size=1))).next_page_token
    for call in (
        services.notes.ListNotesByUser(by_user(bob, page_token=token)),
        services.notes.ListNotesByUser(by_user(alice, page_token=token, order_by="title")),
        services.notes.ListNotesByUser(by_user(alice, page_token=token, scope=note_pb2.NOTE_SCOPE_ALL)),
        services.notes.ListNotes(note_pb2.ListNotesRequest(page_token=token)),
        services.notes.ListNotes(note_pb2.ListNotesRequest(page_token="x" * 100_000)),
        services.notes.ListNotes(note_pb2.ListNotesRequest(page_token="\x00")),
    ):
        failed = await failure(call)
        assert (failed.code, set(failed.violations)) == (StatusCode.INVALID_ARGUMENT, {"page_token"})


async def test_all_faults_of_a_list_are_named_at_once(services: Services) -> None:
    request = by_user("", page=-1, page_size=-1, order_by="id", view=9, scope=9)
    failed = await failure(services.notes.ListNotesByUser(request))
    assert failed.code is StatusCode.INVALID_ARGUMENT
    assert set(failed.violations) == {"user_id", "page", "page_size", "order_by", "view", "scope"}


async def test_somebody_unknown_has_no_notes(services: Services) -> None:
    await services.note(await services.user())
    for user_id in (NOBODY, "nobody", "\x00"):
        assert await services.notes.ListNotesByUser(by_user(user_id)) == note_pb2.ListNotesResponse()


async def test_a_full_page_carries_three_mebibytes(services: Services) -> None:
    alice = await services.user()
    content = "x" * 2**20
    for _ in range(4):
        await services.note(alice, content=content)
    page = await services.notes.ListNotes(note_pb2.ListNotesRequest())
    assert [note.content_omitted for note in page.notes] == [False, False, False, True]
    assert [len(note.content) for note in page.notes] == [2**20, 2**20, 2**20, 0]
    assert page.ByteSize() < 4 * 2**20


async def test_the_largest_page_fits_a_client_that_sets_no_limit(services: Services) -> None:
    domain = f"{'d' * 61}.{'d' * 61}.{'d' * 61}.com"
    alice, *readers = [await services.user(f"{n:0>64}", f"{n:0>64}@{domain}") for n in range(18)]
    widest = chr(0x1D7D8) * 200
    for _ in range(100):
        note = await services.note(alice, widest, widest + "x" * (3 * 2**20 // 100 - 800))
        await asyncio.gather(*(services.share(note.id, reader) for reader in readers))
    page = await services.notes.ListNotes(note_pb2.ListNotesRequest(page_size=100))
    assert {(len(note.shared_with_users), note.shared_with_count) for note in page.notes} == {(16, 17)}
    assert not any(note.content_omitted for note in page.notes)
    assert 3.8 * 2**20 < page.ByteSize() < 4 * 2**20


async def test_a_list_has_the_first_shares_of_a_note_and_their_number(services: Services) -> None:
    owner, *readers = [await services.user() for _ in range(18)]
    note = await services.note(owner)
    for reader in readers:
        await services.share(note.id, reader)
    (listed,) = (await services.notes.ListNotes(note_pb2.ListNotesRequest())).notes
    whole = await services.get(note.id)
    assert (list(whole.shared_with_user_ids), whole.shared_with_count) == (readers, 17)
    assert (list(listed.shared_with_user_ids), listed.shared_with_count) == (readers[:16], 17)
    assert list(listed.shared_with_since) == list(whole.shared_with_since[:16])
    assert list(listed.shared_with_users) == list(whole.shared_with_users[:16])
    assert [user.id for user in listed.shared_with_users] == readers[:16]


async def test_a_basic_page_carries_no_content(services: Services) -> None:
    note = await services.note(await services.user(), "title", "content")
    page = await services.notes.ListNotes(note_pb2.ListNotesRequest(view=note_pb2.NOTE_VIEW_BASIC))
    note.ClearField("content")
    note.content_omitted = True
    assert list(page.notes) == [note]
