"""Clients that this project did not write, unmodified, straight at the sidecar and through the front door."""

import json
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import grpc
import pytest

from notewire_proto import user_pb2
from tests.integration.bridge.echo_server import PROTO, EchoServer
from tests.integration.bridge.stack import Stack

CLIENTS = Path(__file__).parent / "clients"
BUF = Path(sysconfig.get_path("scripts")) / "buf"


@pytest.fixture(scope="session")
def packages() -> None:
    """Installs what package-lock.json names, when it has changed since the last time."""
    lock, installed = CLIENTS / "package-lock.json", CLIENTS / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=CLIENTS, check=True, capture_output=True)


def run(script: str, *arguments: str) -> Any:
    result = subprocess.run(
        ["node", script, *arguments], cwd=CLIENTS, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.usefixtures("packages")
def test_connect_es_over_grpc_web_and_grpc(port: int, echo_server: EchoServer) -> None:
    results = run("connect.js", f"http://127.0.0.1:{port}", str(echo_server.descriptors))
    assert set(results) == {"gRPC-Web, HTTP/1.1", "gRPC-Web, HTTP/2", "gRPC"}
    for name, result in results.items():
        assert result["unary"] == ["hello", 50_000 if name == "gRPC" else 200_000], name
        assert result["stream"] == ["tick 0", "tick 1", "tick 2"], name
        assert result["spread"] > 300, f"{name}: the stream came in one piece"
        assert result["error"] == {"code": 3, "message": "not so: é", "details": ["google.rpc.BadRequest"]}, name
        assert (result["broken"], result["midstream"]["code"]) == (2, 10), name
        assert result["deadline"]["code"] == 4, name


@pytest.mark.usefixtures("packages")
def test_googles_grpc_web_in_text_and_binary(port: int) -> None:
    results = run("grpc_web.cjs", f"http://127.0.0.1:{port}")
    for format_ in ("text", "binary"):
        assert results[format_]["unary"] == "hello"
        assert results[format_]["error"] == {"code": 3, "message": "not so"}
    assert results["text"]["stream"] == {"texts": ["tick 0", "tick 1", "tick 2"], "code": 0}


@pytest.mark.usefixtures("packages")
def test_improbable_grpc_web_over_websocket(port: int) -> None:
    results = run("improbable.cjs", f"http://127.0.0.1:{port}")
    seen = {name: (result["texts"], result["code"], result["message"]) for name, result in results.items()}
    assert seen == {
        "unary": (["hello"], 0, ""),
        "error": ([], 3, "not so"),
        "unimplemented": ([], 12, "Method not found!"),
        "serverStream": (["tick 0", "tick 1", "tick 2"], 0, ""),
        "midstream": (["tick 0", "tick 1"], 10, "tick"),
        "clientStream": (["2 messages, 0 bytes"], 0, ""),
        "bidi": (["a", "y" * 40, "half-closed"], 0, ""),
        "endedByService": (["a"], 0, ""),
        "deadline": ([], 4, "Deadline Exceeded"),
    }


def test_a_request_that_ends_late_gets_the_whole_of_its_answer(port: int) -> None:
    asked = user_pb2.ListUsersRequest(page_size=200).SerializeToString()
    framed = b"\0" + len(asked).to_bytes(4, "big") + asked
    result = run("late_end.cjs", f"http://127.0.0.1:{port}", "/user.UserService/ListUsers", framed.hex())
    assert result["status"] == "0"
    assert result["size"] > 200_000


@pytest.mark.parametrize("protocol", ["grpc", "grpcweb"])
def test_buf_curl(port: int, protocol: str) -> None:
    command = [str(BUF), "curl", "--http2-prior-knowledge", "--protocol", protocol, "--schema", str(PROTO.parent)]
    url = f"http://127.0.0.1:{port}/note.test.Echo/Unary"
    good = subprocess.run([*command, "-d", '{"text": "hello"}', url], capture_output=True, text=True, check=True)
    assert json.loads(good.stdout) == {"text": "hello"}
    bad = subprocess.run(
        [*command, "-d", '{"fail": 5, "text": "none"}', url], capture_output=True, text=True, check=False
    )
    assert json.loads(bad.stderr)["code"] == "not_found"


async def test_native_grpc_passes_both(port: int, echo_server: EchoServer) -> None:
    message = echo_server.messages.Message
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = channel
        bidi = stub.stream_stream(
            "/note.test.Echo/Bidi",
            request_serializer=message.SerializeToString,
            response_deserializer=message.FromString,
        )()
        for number in range(10):
            await bidi.write(message(text=str(number)))
            assert (await bidi.read()).text == str(number)
        await bidi.done_writing()
        assert (await bidi.read()).text == "half-closed"
        unary = stub.unary_unary("/note.test.Echo/Unary", message.SerializeToString, message.FromString)
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await unary(message(fail=5, text="none"))
        assert (failed.value.code(), failed.value.details()) == (grpc.StatusCode.NOT_FOUND, "none")


async def test_the_user_directory_is_on_the_services_address_alone(stack: Stack) -> None:
    async def position(port: int) -> bytes:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            call: Any = channel.unary_unary("/user.UserDirectory/BatchGetUsers")
            answer: bytes = await call(b"\n\x01a")
            return answer

    assert await position(stack.services) == b"\x10\x01"
    for port in (stack.edge, stack.door):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await position(port)
        assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
