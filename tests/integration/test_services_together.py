"""What the two services promise together: through the sidecar's egress, with one of them away, and after it."""

import time
from functools import partial

from local.stack import Stack
from tests.stack import Message, call, called, new_user, seconds_until, stopped

RENAME_SECONDS = 1.0  # promised; a latency is tested at three times its figure
REFUSAL_SECONDS = 1.0
UNAVAILABLE = 14


def new_note(stack: Stack, owner: Message) -> Message:
    return called(stack, "note.NoteService/CreateNote", {"title": "Plans", "content": "Tea", "userId": owner["id"]})


def get_note(stack: Stack, note: Message) -> Message:
    return called(stack, "note.NoteService/GetNote", {"id": note["id"]})


def is_gone(stack: Stack, note: Message) -> bool:
    return call(stack, "note.NoteService/GetNote", {"id": note["id"]}).status == 404


def test_a_renamed_user_shows_in_notes_and_lists_at_once(stack: Stack) -> None:
    owner, reader = new_user(stack), new_user(stack)
    note = new_note(stack, owner)
    called(stack, "note.NoteService/ShareNote", {"noteId": note["id"], "userId": reader["id"]})
    assert get_note(stack, note)["sharedWithUsers"][0]["username"] == reader["username"]

    def shows(name: str) -> bool:
        return name in str(get_note(stack, note))

    for person in (owner, reader):
        name = person["username"] + ".renamed"
        called(stack, "user.UserService/UpdateUser", {"id": person["id"], "username": name})
        seconds = seconds_until(partial(shows, name), 3 * RENAME_SECONDS)
        print(f"a new name shows after {seconds * 1000:.0f} ms (promised: {RENAME_SECONDS:.0f} s)")
    listed = called(stack, "note.NoteService/ListNotesByUser", {"userId": owner["id"], "page": 1, "pageSize": 10})
    assert listed["notes"][0]["user"]["username"] == owner["username"] + ".renamed"


def test_a_deleted_user_takes_notes_and_shares_along(stack: Stack) -> None:
    owner, reader = new_user(stack), new_user(stack)
    owned, shared = new_note(stack, owner), new_note(stack, reader)
    called(stack, "note.NoteService/ShareNote", {"noteId": shared["id"], "userId": owner["id"]})
    assert called(stack, "user.UserService/DeleteUser", {"id": owner["id"]}) == {"success": True}
    seconds_until(lambda: is_gone(stack, owned), 5)
    seconds_until(lambda: not get_note(stack, shared).get("sharedWithUserIds"), 5)


def test_a_user_deleted_while_note_svc_is_down_loses_the_notes_when_it_is_back(stack: Stack) -> None:
    owner = new_user(stack)
    note = new_note(stack, owner)
    with stopped(stack, "note_svc"):
        called(stack, "user.UserService/DeleteUser", {"id": owner["id"]})
        assert call(stack, "note.NoteService/GetNote", {"id": note["id"]}).status == 503
    seconds_until(lambda: is_gone(stack, note), 10)


def test_without_user_svc_reads_go_on_and_writes_that_must_ask_are_refused_at_once(stack: Stack) -> None:
    owner, stranger = new_user(stack), new_user(stack)
    note = new_note(stack, owner)
    write = {"title": "Late", "content": "", "userId": stranger["id"]}
    with stopped(stack, "user_svc"):
        assert get_note(stack, note)["content"] == "Tea"
        assert called(stack, "note.NoteService/ListNotesByUser", {"userId": owner["id"], "pageSize": 10})["total"] == 1
        began = time.monotonic()
        refused = call(stack, "note.NoteService/CreateNote", write)
        seconds = time.monotonic() - began
        print(f"UNAVAILABLE after {seconds * 1000:.0f} ms (promised: {REFUSAL_SECONDS:.0f} s)")
        assert refused.status == 503
        assert refused.json()["code"] == UNAVAILABLE
        assert seconds < 3 * REFUSAL_SECONDS
    seconds_until(lambda: call(stack, "note.NoteService/CreateNote", write).status == 200, 10)


def test_a_lost_database_is_unavailable_at_once_and_comes_back_by_itself(stack: Stack) -> None:
    user = new_user(stack)
    with stopped(stack, "PostgreSQL"):
        began = time.monotonic()
        refused = call(stack, "user.UserService/GetUser", {"id": user["id"]})
        seconds = time.monotonic() - began
        print(f"UNAVAILABLE after {seconds * 1000:.0f} ms (promised: {REFUSAL_SECONDS:.0f} s)")
        assert refused.json()["code"] == UNAVAILABLE
        assert seconds < 3 * REFUSAL_SECONDS
    assert called(stack, "user.UserService/GetUser", {"id": user["id"]})["username"] == user["username"]
