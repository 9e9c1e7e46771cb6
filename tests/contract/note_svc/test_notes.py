"""Single notes as a native client sees them: the rows of the contract's error table, and what each method promises."""

from __future__ import annotations

import time

from grpc import StatusCode

from notewire_proto import note_pb2
from service_kit.ids import new_id
from tests.contract.note_svc.services import NOBODY, Services
from tests.failures import failure


async def test_a_note_is_written_and_found_again(services: Services) -> None:
    alice = await services.user()
    before = int(time.time())
    made = await services.note(alice, "Title", "one\r\ntwo\tthree")

    assert (made.title, made.content, made.snippet) == ("Title", "one\ntwo\tthree", "one two three")
    assert (made.user_id, made.user.id, made.user.username) == (alice, alice, "user1")
    assert (made.user.email, made.version, made.deleted_at) == ("user1@example.com", 1, 0)
    assert before <= made.created_at == made.updated_at <= time.time()
    assert not made.content_omitted
    assert await services.get(made.id) == made
    assert await services.get(made.id.upper()) == made


async def test_title_and_content_may_be_empty(services: Services) -> None:
    made = await services.note(await services.user())
    assert (made.title, made.content, made.snippet) == ("", "", "")


async def test_all_faults_of_a_note_are_named_at_once(services: Services) -> None:
    request = note_pb2.CreateNoteRequest(title="a\nb", content="\x00", user_id="", id="0")
    failed = await failure(services.notes.CreateNote(request))

    assert (failed.code, failed.reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT")
    assert set(failed.violations) == {"title", "content", "user_id", "id"}


async def test_a_malformed_text_is_refused(services: Services) -> None:
    alice = await services.user()
    note = await services.note(alice)
    for field, text in (
        ("title", "x" * 201),
        ("title", "\x00"),
        ("title", "tab\there"),
        ("title", "two\nlines"),
        ("content", "bell\x07"),
        ("content", "lone\rreturn"),
        ("content", "\x7f"),
        ("content", "\x85"),
        ("content", "x" * (2**20 + 1)),
        ("content", "é" * (2**19 + 1)),
    ):
        create, update = note_pb2.CreateNoteRequest(user_id=alice), note_pb2.UpdateNoteRequest(id=note.id)
        setattr(create, field, text)
        setattr(update, field, text)
        for call in (services.notes.CreateNote(create), services.notes.UpdateNote(update)):
            failed = await failure(call)
            assert (failed.code, set(failed.violations)) == (StatusCode.INVALID_ARGUMENT, {field})
    assert await services.get(note.id) == note


async def test_the_longest_texts_are_kept_whole(services: Services) -> None:
    title, content = "ß" * 200, "é" * 2**19
    made = await services.note(await services.user(), title, content)
    assert (await services.get(made.id)).content == content
    assert made.title == title


async def test_a_note_for_an_unknown_user_is_refused(services: Services) -> None:
    for user_id in (NOBODY, "nobody", "\x00", "x" * 10_000):
        failed = await failure(services.note(user_id))
        assert (failed.code, failed.message) == (StatusCode.NOT_FOUND, "user not found")


async def test_the_same_request_again_makes_no_second_note(services: Services) -> None:
    alice = await services.user()
    request = note_pb2.CreateNoteRequest(title="a", content="b", user_id=alice, id=str(new_id()))
    made = await services.notes.CreateNote(request)
    assert made.id == request.id
    assert await services.notes.CreateNote(request) == made
    changed = await services.notes.UpdateNote(note_pb2.UpdateNoteRequest(id=made.id, title="c"))
    assert await services.notes.CreateNote(request) == changed

    request.content = "other"
    failed = await failure(services.notes.CreateNote(request))
    assert failed.code is StatusCode.ALREADY_EXISTS
    assert (await services.notes.ListNotes(note_pb2.ListNotesRequest())).total == 1


async def test_a_chosen_id_must_be_a_uuid_of_version_7(services: Services) -> None:
    alice = await services.user()
    for note_id in ("x", NOBODY.upper(), "8c4a2d6e-94e3-4f8e-9a3e-0c2b1d6f7a55"):
        failed = await failure(services.notes.CreateNote(note_pb2.CreateNoteRequest(user_id=alice, id=note_id)))
        assert (failed.code, set(failed.violations)) == (StatusCode.INVALID_ARGUMENT, {"id"})


async def test_an_id_that_names_no_note_is_not_found(services: Services) -> None:
    alice = await services.user()
    for note_id in (NOBODY, "nothing", "\x00", "x" * 100_000):
        for call in (
            services.get(note_id),
            services.notes.UpdateNote(note_pb2.UpdateNoteRequest(id=note_id, title="x")),
            services.notes.UpdateNote(note_pb2.UpdateNoteRequest(id=note_id)),
            services.notes.DeleteNote(note_pb2.DeleteNoteRequest(id=note_id)),
            services.notes.UndeleteNote(note_pb2.UndeleteNoteRequest(id=note_id)),
            services.share(note_id, alice),
            services.notes.UnshareNote(note_pb2.UnshareNoteRequest(note_id=note_id, user_id=alice)),
        ):
            failed = await failure(call)
            assert (failed.code, failed.message) == (StatusCode.NOT_FOUND, "note not found")


async def test_an_empty_id_is_invalid(services: Services) -> None:
    for call, fields in (
        (services.get(""), {"id"}),
        (services.notes.UpdateNote(note_pb2.UpdateNoteRequest(title="\n", expected_version=-1)), None),
        (services.notes.DeleteNote(note_pb2.DeleteNoteRequest()), {"id"}),
        (services.notes.UndeleteNote(note_pb2.UndeleteNoteRequest()), {"id"}),
        (services.share("", ""), {"note_id", "user_id"}),
        (services.notes.UnshareNote(note_pb2.UnshareNoteRequest()), {"note_id", "user_id"}),
    ):
        failed = await failure(call)
        assert failed.code is StatusCode.INVALID_ARGUMENT
        assert set(failed.violations) == (fields or {"id", "title", "expected_version"})


async def test_an_update_leaves_absent_fields_and_clears_empty_ones(services: Services) -> None:
    note = await services.note(await services.user(), "title", "content")
    unchanged = await services.notes.UpdateNote(note_pb2.UpdateNoteRequest(id=note.id))
    assert unchanged == note
    cleared = await services.notes.UpdateNote(note_pb2.UpdateNoteRequest(id=note.id, title=""))
    assert (cleared.title, cleared.content, cleared.version) == ("", "content", 2)
    written = await services.notes.UpdateNote(note_pb2.UpdateNoteRequest(id=note.id, content=""))
    assert (written.content, written.snippet, written.version, written.user) == ("", "", 3, note.user)
    assert await services.get(note.id) == written


async def test_an_update_of_an_older_version_is_aborted(services: Services) -> None:
    note = await services.note(await services.user())
    newer = await services.notes.UpdateNote(note_pb2.UpdateNoteRequest(id=note.id, title="a", expected_version=1))
    for stale in (
        note_pb2.UpdateNoteRequest(id=note.id, expected_version=1, title="x"),
        note_pb2.UpdateNoteRequest(id=note.id, expected_version=1, content="x"),
        note_pb2.UpdateNoteRequest(id=note.id, expected_version=1),
    ):
        failed = await failure(services.notes.UpdateNote(stale))
        assert (failed.code, failed.reason) == (StatusCode.ABORTED, "STALE_VERSION")
        assert failed.metadata == {"current_version": "2"}
    assert await services.get(note.id) == newer


async def test_a_deleted_note_comes_back(services: Services) -> None:
    alice, bob = await services.user(), await services.user()
    note = await services.share((await services.note(alice)).id, bob)
    assert (await services.notes.DeleteNote(note_pb2.DeleteNoteRequest(id=note.id))).success
    assert (await failure(services.get(note.id))).message == "note not found"
    again = await failure(services.notes.DeleteNote(note_pb2.DeleteNoteRequest(id=note.id)))
    assert again.code is StatusCode.NOT_FOUND
    assert (await services.notes.ListNotes(note_pb2.ListNotesRequest())).total == 0

    restored = await services.notes.UndeleteNote(note_pb2.UndeleteNoteRequest(id=note.id))
    assert restored.version == note.version + 2
    restored.version = note.version
    assert restored == note
    assert (await services.notes.UndeleteNote(note_pb2.UndeleteNoteRequest(id=note.id))).version == note.version + 2


async def test_a_note_is_shared_and_taken_back(services: Services) -> None:
    alice, bob, carol = [await services.user() for _ in range(3)]
    note = await services.note(alice)
    began = int(time.time())
    await services.share(note.id, carol)
    shared = await services.share(note.id, bob)
    assert [began <= since <= time.time() + 1 for since in shared.shared_with_since] == [True, True]
    assert list(shared.shared_with_user_ids) == [carol, bob]
    assert [user.username for user in shared.shared_with_users] == ["user3", "user2"]
    assert shared.version == 3
    assert await services.get(note.id) == shared

    response = await services.notes.UnshareNote(note_pb2.UnshareNoteRequest(note_id=note.id, user_id=carol))
    assert (response.success, list(response.note.shared_with_user_ids), response.note.version) == (True, [bob], 4)
    assert response.note.shared_with_since == shared.shared_with_since[1:]
    failed = await failure(services.notes.UnshareNote(note_pb2.UnshareNoteRequest(note_id=note.id, user_id=carol)))
    assert failed.code is StatusCode.NOT_FOUND


async def test_a_share_that_cannot_be_says_why(services: Services) -> None:
    alice, bob = await services.user(), await services.user()
    note = await services.note(alice)
    shared = await services.share(note.id, bob)
    for user_id, code, message in (
        (bob, StatusCode.ALREADY_EXISTS, "note already shared with this user"),
        (NOBODY, StatusCode.NOT_FOUND, "user not found"),
        ("nobody", StatusCode.NOT_FOUND, "user not found"),
        (alice, StatusCode.INVALID_ARGUMENT, None),
    ):
        failed = await failure(services.share(note.id, user_id))
        assert failed.code is code
        assert message in {None, failed.message}
    assert await services.get(note.id) == shared
