import inspect
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import get_args, get_origin, get_type_hints
from uuid import UUID

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message_factory import GetMessageClass
from prometheus_client import CollectorRegistry

from note_svc.api.note_service import NoteServiceApi
from notewire_proto import access_pb2, note_pb2, user_pb2
from notewire_proto.access_pb2 import ADMIN, PUBLIC, SERVICE, SIGNED_IN, Access
from service_kit.errors import PermissionDenied, Unauthenticated
from service_kit.rpc.access import access_of, check_access
from service_kit.rpc.caller import NOBODY, Call, Caller, Role
from service_kit.rpc.calls import Methods
from service_kit.rpc.limits import CallLimit, Streams
from service_kit.rpc.metrics import ServerMetrics
from user_svc.api.user_directory import UserDirectoryApi
from user_svc.api.user_service import UserServiceApi

TABLE = Path(__file__).parents[3] / "docs" / "access.md"
IMPLEMENTED = {"UserService": UserServiceApi, "UserDirectory": UserDirectoryApi, "NoteService": NoteServiceApi}

MEMBER = Caller(UUID(int=1), UUID(int=2), Role.MEMBER)
BOSS = Caller(UUID(int=3), UUID(int=4), Role.ADMIN)


def methods() -> list[MethodDescriptor]:
    files = (user_pb2.DESCRIPTOR, note_pb2.DESCRIPTOR)
    return [method for file in files for service in file.services_by_name.values() for method in service.methods]


@pytest.mark.parametrize("method", methods(), ids=lambda method: method.full_name)
def test_the_contract_says_of_every_method_who_may_call_it(method: MethodDescriptor) -> None:
    assert access_of(method) == (SERVICE if method.containing_service.name == "UserDirectory" else PUBLIC)


def test_the_table_in_the_docs_is_that_of_the_contract() -> None:
    rows = [f"| `{method.full_name}` | {Access.Name(access_of(method))} |" for method in methods()]
    assert [line for line in TABLE.read_text().splitlines() if line.startswith("| `")] == rows


@pytest.mark.parametrize("method", methods(), ids=lambda method: method.full_name)
def test_every_method_is_implemented_with_the_messages_of_the_contract(method: MethodDescriptor) -> None:
    implemented = getattr(IMPLEMENTED[method.containing_service.name], method.name)
    hints = get_type_hints(implemented)
    assert hints["request"] is GetMessageClass(method.input_type)
    assert hints["call"] is Call
    answer = hints["return"]
    if method.server_streaming:
        assert inspect.isasyncgenfunction(implemented)
        assert get_origin(answer) is AsyncGenerator
        answer = get_args(answer)[0]
    assert answer is GetMessageClass(method.output_type)


def one_method(access: Access.ValueType | None) -> ServiceDescriptor:
    """A contract of its own with one method, of which it says this."""
    file = descriptor_pb2.FileDescriptorProto(name="one.proto", package="one", dependency=["access.proto"])
    file.message_type.add(name="Nothing")
    method = file.service.add(name="One").method.add(name="Do", input_type=".one.Nothing", output_type=".one.Nothing")
    if access is not None:
        method.options.Extensions[access_pb2.access] = access
    pool = descriptor_pool.DescriptorPool()
    options = descriptor_pb2.FileDescriptorProto()
    descriptor_pb2.DESCRIPTOR.CopyToProto(options)
    pool.Add(options)
    access_file = descriptor_pb2.FileDescriptorProto()
    access_pb2.DESCRIPTOR.CopyToProto(access_file)
    pool.Add(access_file)
    pool.Add(descriptor_pb2.FileDescriptorProto.FromString(file.SerializeToString()))
    return pool.FindServiceByName("one.One")


class One:
    async def Do(self, request: object, call: Call) -> object:  # noqa: N802  (as the contract names it)
        return request


async def _served(service: ServiceDescriptor) -> tuple[grpc.aio.Server, int]:
    server = grpc.aio.server()
    Methods(server, ServerMetrics(CollectorRegistry()), CallLimit(1), Streams(1, 1)).add(service, One())
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, port


@pytest.mark.parametrize("access", [None, access_pb2.ACCESS_UNSPECIFIED])
async def test_a_method_of_which_nothing_is_said_is_not_registered(access: Access.ValueType | None) -> None:
    with pytest.raises(ValueError, match=r"one\.One\.Do has no option \(notewire\.access\)"):
        await _served(one_method(access))


@pytest.mark.parametrize(
    ("access", "code"),
    [
        (PUBLIC, grpc.StatusCode.OK),
        (SERVICE, grpc.StatusCode.OK),
        (SIGNED_IN, grpc.StatusCode.UNAUTHENTICATED),
        (ADMIN, grpc.StatusCode.UNAUTHENTICATED),
    ],
)
async def test_nobody_is_let_in_where_everybody_is(access: Access.ValueType, code: grpc.StatusCode) -> None:
    server, port = await _served(one_method(access))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = channel.unary_unary("/one.One/Do", request_serializer=bytes, response_deserializer=bytes)(b"")
        assert await call.code() is code
    await server.stop(None)


def test_a_member_may_do_what_needs_no_admin() -> None:
    for access in (PUBLIC, SIGNED_IN, SERVICE):
        check_access(access, MEMBER)
    with pytest.raises(PermissionDenied):
        check_access(ADMIN, MEMBER)
    check_access(ADMIN, BOSS)
    with pytest.raises(Unauthenticated):
        check_access(SIGNED_IN, NOBODY)
