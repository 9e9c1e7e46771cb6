"""A gRPC server for tests: note.test.Echo, a user.UserService that answers by rule, and the health service."""

import asyncio
import importlib
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health, health_pb2_grpc

from notewire_proto import user_pb2

PROTO = Path(__file__).parent / "protos" / "echo.proto"
SERVICE = "note.test.Echo"


def compile_proto(directory: Path, descriptors: Path) -> Any:
    """The module of generated messages; descriptors gets the same as a FileDescriptorSet."""
    output = [f"--python_out={directory}", f"--descriptor_set_out={descriptors}"]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTO.parent}", *output, str(PROTO)], check=True)
    sys.path.insert(0, str(directory))
    return importlib.import_module("echo_pb2")


async def _fail(context: Any, code: int, text: str, violations: int = 0) -> None:
    status = status_pb2.Status(code=code, message=text)
    if violations:
        detail = error_details_pb2.BadRequest()
        for number in range(violations):
            detail.field_violations.add(field=f"field{number}", description="not so")
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    codes = {status_code.value[0]: status_code for status_code in grpc.StatusCode}
    await context.abort(codes[code], text)


class Echo:
    """Remembers for each call how it ended: "Bidi" -> "cancelled" or "done", with time.monotonic()."""

    def __init__(self, messages: Any) -> None:
        self.messages = messages
        self.ended: list[tuple[str, str, float]] = []
        self.started: list[str] = []

    async def unary(self, request: Any, context: Any) -> Any:
        with _Ending(self, "Unary"):
            if request.pause_ms:
                await asyncio.sleep(request.pause_ms / 1000)
            if request.fail:
                await _fail(context, request.fail, request.text, request.violations)
            return request

    async def server_stream(self, request: Any, context: Any) -> AsyncIterator[Any]:
        with _Ending(self, "ServerStream"):
            for number in range(request.count):
                yield self.messages.Message(text=f"{request.text} {number}", payload=request.payload)
                await asyncio.sleep(request.pause_ms / 1000)
            if request.fail:
                await _fail(context, request.fail, request.text, request.violations)

    async def client_stream(self, requests: AsyncIterator[Any], context: Any) -> Any:
        with _Ending(self, "ClientStream"):
            count = size = 0
            async for request in requests:
                count += 1
                size += len(request.payload)
                await asyncio.sleep(request.pause_ms / 1000)
            return self.messages.Message(text=f"{count} messages, {size} bytes", count=count)

    async def bidi(self, requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        with _Ending(self, "Bidi"):
            async for request in requests:
                if request.fail:
                    await _fail(context, request.fail, request.text, request.violations)
                if request.text == "end":
                    return
                yield request
            yield self.messages.Message(text="half-closed")

    async def deaf(self, requests: AsyncIterator[Any], context: Any) -> Any:
        with _Ending(self, "Deaf"):
            async for _ in requests:
                await asyncio.sleep(60)
            return self.messages.Message()

    async def metadata(self, request: Any, context: Any) -> Any:
        received = {
            key: value if isinstance(value, str) else value.hex() for key, value in context.invocation_metadata()
        }
        return self.messages.Received(metadata=received)

    def handlers(self) -> grpc.GenericRpcHandler:
        message = self.messages.Message
        kinds = {
            "Unary": (grpc.unary_unary_rpc_method_handler, self.unary, message),
            "ServerStream": (grpc.unary_stream_rpc_method_handler, self.server_stream, message),
            "ClientStream": (grpc.stream_unary_rpc_method_handler, self.client_stream, message),
            "Bidi": (grpc.stream_stream_rpc_method_handler, self.bidi, message),
            "Deaf": (grpc.stream_unary_rpc_method_handler, self.deaf, message),
            "Metadata": (grpc.unary_unary_rpc_method_handler, self.metadata, self.messages.Received),
        }
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                name: handler(method, message.FromString, response.SerializeToString)
                for name, (handler, method, response) in kinds.items()
            },
        )


class _Ending:
    def __init__(self, echo: Echo, method: str) -> None:
        self._echo, self._method = echo, method

    def __enter__(self) -> None:
        self._echo.started.append(self._method)

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        how = "cancelled" if kind is not None and issubclass(kind, asyncio.CancelledError) else "done"
        self._echo.ended.append((self._method, how, time.monotonic()))


async def create_user(request: Any, context: Any) -> Any:
    """Fails for the username "taken", with details, and takes a minute for "slow".

    Answers "deadline" with the whole seconds that the call has left, if it has a deadline, in place of an address.
    """
    if request.username == "taken":
        await _fail(context, 6, "username already exists", 2)
    if request.username == "slow":
        await asyncio.sleep(60)
    if request.username == "deadline":
        left = context.time_remaining()
        return user_pb2.User(email="none" if left is None else str(round(left)))
    return user_pb2.User(id="1", username=request.username, email=request.email, created_at=9007199254740993)


async def list_users(request: Any, context: Any) -> Any:
    """As many users as the page size says, of 1,000 bytes each."""
    return user_pb2.ListUsersResponse(users=[user_pb2.User(username="x" * 1000)] * request.page_size, total=0)


async def batch_get_users(request: Any, context: Any) -> Any:
    return user_pb2.BatchGetUsersResponse(position=len(request.ids))


def user_handlers() -> list[grpc.GenericRpcHandler]:
    unary = grpc.unary_unary_rpc_method_handler
    return [
        grpc.method_handlers_generic_handler(
            "user.UserService",
            {
                "CreateUser": unary(
                    create_user, user_pb2.CreateUserRequest.FromString, user_pb2.User.SerializeToString
                ),
                "ListUsers": unary(
                    list_users, user_pb2.ListUsersRequest.FromString, user_pb2.ListUsersResponse.SerializeToString
                ),
            },
        ),
        grpc.method_handlers_generic_handler(
            "user.UserDirectory",
            {
                "BatchGetUsers": unary(
                    batch_get_users,
                    user_pb2.BatchGetUsersRequest.FromString,
                    user_pb2.BatchGetUsersResponse.SerializeToString,
                )
            },
        ),
    ]


class EchoServer:
    """Runs in a thread of its own, so that it serves whatever event loop a test has."""

    def __init__(self, directory: Path, options: Sequence[tuple[str, int]] = ()) -> None:
        self._options = options
        self.descriptors = directory / "echo.pb"
        self.messages = compile_proto(directory, self.descriptors)
        self.echo = Echo(self.messages)
        self.port = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        """Cuts off what runs. A second time changes nothing."""
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        server = grpc.aio.server(options=self._options)
        server.add_generic_rpc_handlers((self.echo.handlers(), *user_handlers()))
        health_pb2_grpc.add_HealthServicer_to_server(health.aio.HealthServicer(), server)
        self.port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        self._ready.set()
        await self._stopping.wait()
        await server.stop(0)
