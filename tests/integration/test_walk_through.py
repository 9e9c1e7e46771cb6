"""The calls that the README shows, by clients that this project did not write."""

import json

from local.stack import Stack
from tests.stack import Message, buf_curl, call, http, new_user


def native(port: int, method: str, message: Message) -> Message:
    result = buf_curl(f"http://127.0.0.1:{port}/{method}", "--data", json.dumps(message))
    assert result.returncode == 0, result.stderr
    answer: Message = json.loads(result.stdout)
    return answer


def test_reflection_lists_every_method_on_the_native_ports(stack: Stack) -> None:
    listed = {}
    for port in (stack.settings.user_port, stack.settings.note_port):
        result = buf_curl(f"http://127.0.0.1:{port}", "--list-methods")
        assert result.returncode == 0, result.stderr
        listed[port] = set(result.stdout.split())
    assert {f"user.UserService/{verb}User" for verb in ("Create", "Get", "Update", "Delete")} <= listed[
        stack.settings.user_port
    ]
    assert {"note.NoteService/CreateNote", "note.NoteService/ListNotesByUser", "note.NoteService/ShareNote"} <= listed[
        stack.settings.note_port
    ]


def test_health_answers_for_each_service_and_for_the_server(stack: Stack) -> None:
    for port, service in (
        (stack.settings.user_port, "user.UserService"),
        (stack.settings.note_port, "note.NoteService"),
    ):
        for name in ("", service):
            assert native(port, "grpc.health.v1.Health/Check", {"service": name}) == {"status": "SERVING"}


def test_a_note_goes_from_native_call_to_native_call(stack: Stack) -> None:
    name = new_user(stack)["username"] + "-native"
    user = native(
        stack.settings.user_port,
        "user.UserService/CreateUser",
        {"username": name, "email": f"{name}@example.com"},
    )
    note = native(
        stack.settings.note_port,
        "note.NoteService/CreateNote",
        {"title": "First", "content": "Hello", "userId": user["id"]},
    )
    assert note["user"]["username"] == name
    listed = native(
        stack.settings.note_port,
        "note.NoteService/ListNotesByUser",
        {"userId": user["id"], "page": 1, "pageSize": 10},
    )
    assert [note["id"] for note in listed["notes"]] == [note["id"]]
    assert listed["total"] == 1


def test_the_same_calls_are_plain_json_through_the_front_door(stack: Stack) -> None:
    user = new_user(stack)
    note = call(stack, "note.NoteService/CreateNote", {"title": "First", "content": "", "userId": user["id"]}).json()
    listed = call(stack, "note.NoteService/ListNotesByUser", {"userId": user["id"], "page": 1, "pageSize": 10})
    assert listed.status == 200
    assert [note["id"] for note in listed.json()["notes"]] == [note["id"]]


def test_native_grpc_passes_the_front_door(stack: Stack) -> None:
    user = new_user(stack)
    schema = f"http://127.0.0.1:{stack.settings.user_port}"
    assert buf_curl(schema, "--list-services").returncode == 0
    found = buf_curl(
        f"http://127.0.0.1:{stack.settings.bridge_port}/user.UserService/GetUser",
        "--schema", "proto", "--data", json.dumps({"id": user["id"]}),
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["username"] == user["username"]


def test_app_calls_and_health_share_one_origin(stack: Stack) -> None:
    door = f"http://127.0.0.1:{stack.settings.bridge_port}"
    page = http(door + "/")
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "content-security-policy" in page.headers
    assert http(door + "/health").status == 200


def test_metrics_count_the_calls_and_probes_say_ready(stack: Stack) -> None:
    new_user(stack)
    for port in (stack.settings.user_metrics_port, stack.settings.note_metrics_port):
        base = f"http://127.0.0.1:{port}"
        assert http(base + "/livez").status == 200
        assert http(base + "/readyz").status == 200
        assert b"grpc_server_handled_total" in http(base + "/metrics").body


def test_the_directory_for_services_is_not_served_to_people(stack: Stack) -> None:
    answer = call(stack, "user.UserDirectory/BatchGetUsers", {"ids": []})
    assert answer.status == 404
