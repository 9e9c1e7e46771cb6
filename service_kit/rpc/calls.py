"""What surrounds every call of a method: who may, metrics, limits, the error table.

A method is wrapped once, when it is registered, since grpc.aio's interceptors cost a tenth of a call's time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from time import monotonic, perf_counter
from typing import Any, NoReturn, TypeAlias

import grpc
import structlog
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass
from grpc import StatusCode

from notewire_proto.access_pb2 import Access
from service_kit.errors import InvalidArgument, ServiceError
from service_kit.rpc.access import access_of, admits_everybody, check_access
from service_kit.rpc.caller import NOBODY, Call
from service_kit.rpc.error_details import Internal, code_of, error_trailers, status_message
from service_kit.rpc.limits import CallLimit, Streams, TooManyCalls
from service_kit.rpc.metrics import MethodMetrics, ServerMetrics

Context = grpc.aio.ServicerContext[Any, Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
# What grpc.aio calls, and what a service implements: its methods get a Call and know nothing of the transport.
UnaryHandler = Callable[[Any, Context], Awaitable[Any]]
StreamHandler = Callable[[Any, Context], AsyncGenerator[Any, None]]
UnaryMethod = Callable[[Any, Call], Awaitable[Any]]
StreamMethod = Callable[[Any, Call], AsyncGenerator[Any, None]]

# A call, or the process, is ended by others.
_ENDING = asyncio.CancelledError | GeneratorExit | KeyboardInterrupt | SystemExit

_log = structlog.get_logger(__name__)


class Undecodable(InvalidArgument):
    """The bytes of a request are not the message of the method."""

    reason = "UNDECODABLE_REQUEST"

    def __init__(self) -> None:
        super().__init__([], "the request is not a valid message")


class _Undecodable:
    """Stands for a request whose bytes are not its message, as grpc.aio would answer UNKNOWN for an exception."""


_UNDECODABLE = _Undecodable()


class GenericOnly:
    """A server to generated code, which gives the real one generic handlers alone.

    For each registered method grpc.aio keeps an outstanding request, and handles all of them at each call.
    """

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server = server

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Generic handlers hold the same methods as the registered ones."""

    def add_registered_method_handlers(self, service: str, methods: Mapping[str, Handler]) -> None:
        """Passes the methods on as a generic handler; bytes that are no message end a call as they do with our own."""
        checked = {name: _checked(f"{service}/{name}", handler) for name, handler in methods.items()}
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, checked),))


class Methods:
    """Registers services of the contract on a server, with each method and deserialiser wrapped.

    A method is `async def Method(self, request, call)` that returns the response, or for a streaming response an async
    generator. It raises a ServiceError for what a client may know; any other exception answers INTERNAL
    "internal error" and is logged with its stack.
    """

    def __init__(self, server: grpc.aio.Server, metrics: ServerMetrics, calls: CallLimit, streams: Streams) -> None:
        self._server = server
        self._metrics = metrics
        self._calls = calls
        self._streams = streams

    def add(self, service: ServiceDescriptor, implementation: object) -> None:
        """Registers a service, each of whose methods is one of the implementation.

        Raises ValueError for a method of which the contract does not say who may call it, and AttributeError for one
        that is not implemented.
        """
        methods = {method.name: self._wrap(method, getattr(implementation, method.name)) for method in service.methods}
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service.full_name, methods),))

    def _wrap(self, method: MethodDescriptor, implemented: Any) -> Handler:  # noqa: ANN401  (of four shapes)
        access = access_of(method)
        decode = _tolerant(GetMessageClass(method.input_type).FromString)
        encode = GetMessageClass(method.output_type).SerializeToString
        service = method.containing_service.full_name
        metrics = self._metrics.method(_kind(method), service, method.name)
        full_name = f"{service}/{method.name}"
        if method.client_streaming:
            implemented = _decoded_requests(implemented)
        if not admits_everybody(access):
            implemented = _admitted(access, implemented)
        if not method.server_streaming:
            unary: Any = _unary(full_name, implemented, metrics, self._calls)
            if method.client_streaming:
                return grpc.stream_unary_rpc_method_handler(unary, decode, encode)
            return grpc.unary_unary_rpc_method_handler(unary, decode, encode)
        stream: Any = _stream(full_name, implemented, metrics, self._streams)
        if method.client_streaming:
            return grpc.stream_stream_rpc_method_handler(stream, decode, encode)
        return grpc.unary_stream_rpc_method_handler(stream, decode, encode)


def _kind(method: MethodDescriptor) -> str:
    """As the label grpc_type spells it."""
    if method.client_streaming:
        return "bidi_stream" if method.server_streaming else "client_stream"
    return "server_stream" if method.server_streaming else "unary"


def _admitted(access: Access.ValueType, implemented: Callable[[Any, Call], Any]) -> Callable[[Any, Call], Any]:
    """The method for those alone who may call it."""

    def checked(request: Any, call: Call) -> Any:  # noqa: ANN401  (a coroutine or a generator)
        check_access(access, call.caller)
        return implemented(request, call)

    return checked


def _call(context: Context) -> Call:
    remaining = context.time_remaining()
    return Call(NOBODY, None if remaining is None else monotonic() + remaining)


# Both kinds count a call before its status leaves, so that whoever has the status finds it counted.


def _unary(name: str, method: UnaryMethod, metrics: MethodMetrics, calls: CallLimit) -> UnaryHandler:
    async def call(request: Any, context: Context) -> Any:  # noqa: ANN401  (any message)
        began = perf_counter()
        metrics.start()
        calls.active += 1
        try:
            if calls.active > calls.maximum:
                raise TooManyCalls
            if request is _UNDECODABLE:
                raise Undecodable
            response = await method(request, _call(context))
        except BaseException as error:
            calls.active -= 1
            metrics.end(_ended_with(error, context), perf_counter() - began)
            await _answer_error(name, error, context)
        calls.active -= 1
        metrics.end(StatusCode.OK, perf_counter() - began)
        return response

    return call


def _stream(name: str, method: StreamMethod, metrics: MethodMetrics, streams: Streams) -> StreamHandler:
    async def call(request: Any, context: Context) -> AsyncGenerator[Any, None]:  # noqa: ANN401  (any message)
        began = perf_counter()
        metrics.start()
        try:
            with streams.opened() as stream:
                if request is _UNDECODABLE:
                    raise Undecodable
                async with aclosing(method(request, _call(context))) as responses:
                    while True:
                        try:
                            response = await stream.next(responses)
                        except StopAsyncIteration:
                            break
                        # Written here and not yielded to grpc.aio, which would wait for its reader for ever.
                        await stream.send(context.write(response))
        except BaseException as error:
            metrics.end(_ended_with(error, context), perf_counter() - began)
            await _answer_error(name, error, context)
        metrics.end(StatusCode.OK, perf_counter() - began)
        # A generator although it yields nothing: OpenTelemetry's interceptor iterates over any stream's handler.
        for nothing in iter(list[Any]()):
            yield nothing

    return call


async def _answer_error(name: str, error: BaseException, context: Context) -> NoReturn:
    """Ends the call with the status that an exception means."""
    if isinstance(error, ServiceError):
        await context.abort(code_of(error), status_message(error), error_trailers(error))
    # grpc.aio itself answers for Exceptions alone: of another the client would never hear.
    if not isinstance(error, _ENDING | grpc.aio.AbortError):
        _log.error("handler failed", method=name, exc_info=error, **_trace_of(context))
        internal = Internal()
        await context.abort(code_of(internal), internal.message, error_trailers(internal))
    raise error


def _ended_with(error: BaseException, context: Context) -> StatusCode:
    if isinstance(error, ServiceError):
        return code_of(error)
    if isinstance(error, GeneratorExit):
        return StatusCode.CANCELLED
    if isinstance(error, asyncio.CancelledError):
        remaining = context.time_remaining()
        return StatusCode.DEADLINE_EXCEEDED if remaining is not None and remaining <= 0 else StatusCode.CANCELLED
    return StatusCode.INTERNAL


def _trace_of(context: Context) -> dict[str, str]:
    """What leads from a log line to the request's other traces."""
    wanted = ("x-request-id", "traceparent")
    return {key: str(value) for key, value in context.invocation_metadata() or () if key in wanted}


def _tolerant(decode: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def decode_or_mark(data: bytes) -> Any:  # noqa: ANN401  (any message)
        try:
            return decode(data)
        except DecodeError:
            return _UNDECODABLE

    return decode_or_mark


def _checked(name: str, handler: Handler) -> Handler:
    """A handler that others wrote, with coroutines but for generators of a stream of both sides."""
    handle: Any = handler.unary_unary or handler.unary_stream or handler.stream_stream
    decode, encode = _tolerant(handler.request_deserializer or bytes), handler.response_serializer

    async def unary(request: Any, context: Context) -> Any:  # noqa: ANN401  (any message)
        if request is _UNDECODABLE:
            await _answer_error(name, Undecodable(), context)
        return await handle(request, context)

    async def decoded(requests: AsyncIterator[Any], context: Context) -> AsyncIterator[Any]:
        async for request in requests:
            if request is _UNDECODABLE:
                await _answer_error(name, Undecodable(), context)
            yield request

    async def stream(requests: AsyncIterator[Any], context: Context) -> AsyncGenerator[Any, None]:
        async with aclosing(handle(decoded(requests, context), context)) as responses:
            async for response in responses:
                yield response

    if handler.request_streaming:
        stream_handler: Any = stream
        return grpc.stream_stream_rpc_method_handler(stream_handler, decode, encode)
    unary_handler: Any = unary
    if handler.response_streaming:
        return grpc.unary_stream_rpc_method_handler(unary_handler, decode, encode)
    return grpc.unary_unary_rpc_method_handler(unary_handler, decode, encode)


def _decoded_requests(method: Callable[[AsyncIterator[Any], Call], Any]) -> Callable[[Any, Call], Any]:
    """Lets the method of a request stream see decoded messages only; others end the call."""

    async def decoded(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for request in requests:
            if request is _UNDECODABLE:
                raise Undecodable
            yield request

    def decoding(requests: AsyncIterator[Any], call: Call) -> Any:  # noqa: ANN401  (a coroutine or a generator)
        return method(decoded(requests), call)

    return decoding
