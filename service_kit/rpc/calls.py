"""What surrounds every handler: metrics, limits, the error table.

It wraps handlers once, when a servicer is registered, since grpc.aio's interceptors cost a tenth of a call's time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from time import perf_counter
from typing import Any, NoReturn, Protocol, TypeAlias, TypeVar

import grpc
import structlog
from google.protobuf.message import DecodeError
from grpc import StatusCode

from service_kit.errors import InvalidArgument, ServiceError
from service_kit.rpc.error_details import error_trailers, status_message
from service_kit.rpc.limits import CallLimit, Streams
from service_kit.rpc.metrics import MethodMetrics, ServerMetrics

_Servicer_contra = TypeVar("_Servicer_contra", contravariant=True)
Context = grpc.aio.ServicerContext[Any, Any]
UnaryHandler = Callable[[Any, Context], Awaitable[Any]]
StreamHandler = Callable[[Any, Context], AsyncGenerator[Any, None]]
Method: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Wrap = Callable[[str, str, Method], Method]

_log = structlog.get_logger(__name__)


class AddToServer(Protocol[_Servicer_contra]):
    """A generated function add_*Servicer_to_server."""

    def __call__(self, servicer: _Servicer_contra, server: Any) -> None:  # noqa: ANN401  (generated for both kinds of server)
        """Registers the servicer's methods."""


class _Undecodable:
    """Stands for a request whose bytes are not its message, as grpc.aio would answer UNKNOWN for an exception."""


_UNDECODABLE = _Undecodable()


class GenericOnly:
    """A server to generated code, which gives the real one generic handlers alone.

    For each registered method grpc.aio keeps an outstanding request, and handles all of them at each call.
    """

    def __init__(self, server: grpc.aio.Server, wrap: Wrap | None = None) -> None:
        self.services: list[str] = []
        self._server = server
        self._wrap = wrap

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Generic handlers hold the same methods as the registered ones."""

    def add_registered_method_handlers(self, service: str, methods: Mapping[str, Method]) -> None:
        """Passes the methods on as a generic handler."""
        if self._wrap is not None:
            methods = {name: self._wrap(service, name, method) for name, method in methods.items()}
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, dict(methods)),))
        self.services.append(service)


class Handlers:
    """Registers servicers on a server, with each handler and deserialiser wrapped.

    A handler is `async def Method(self, request, context)` that returns the response, or for a streaming response an
    async generator. It raises ServiceError for what a client may know; any other exception answers INTERNAL
    "internal error" and is logged with its stack.
    """

    def __init__(self, server: grpc.aio.Server, metrics: ServerMetrics, calls: CallLimit, streams: Streams) -> None:
        self._server = server
        self._metrics = metrics
        self._calls = calls
        self._streams = streams

    def add(self, add_to_server: AddToServer[_Servicer_contra], servicer: _Servicer_contra) -> list[str]:
        """Registers a servicer through its generated function; gives the full names of its services."""
        server = GenericOnly(self._server, self._wrap)
        add_to_server(servicer, server)
        return server.services

    def _wrap(self, service: str, name: str, method: Method) -> Method:
        # The generated code and grpc's types know handlers of the blocking server only.
        handle: Any = method.unary_unary or method.stream_unary or method.unary_stream or method.stream_stream
        decode, encode = _tolerant(method.request_deserializer), method.response_serializer
        metrics = self._metrics.method(_kind(method), service, name)
        full_name = f"{service}/{name}"
        if method.request_streaming:
            handle = _decoded_requests(handle)
        if not method.response_streaming:
            wrapped: Any = _unary(full_name, handle, metrics, self._calls)
            if method.request_streaming:
                return grpc.stream_unary_rpc_method_handler(wrapped, decode, encode)
            return grpc.unary_unary_rpc_method_handler(wrapped, decode, encode)
        wrapped = _stream(full_name, handle, metrics, self._streams)
        if method.request_streaming:
            return grpc.stream_stream_rpc_method_handler(wrapped, decode, encode)
        return grpc.unary_stream_rpc_method_handler(wrapped, decode, encode)


def _kind(method: Method) -> str:
    """As the label grpc_type spells it."""
    if method.request_streaming:
        return "bidi_stream" if method.response_streaming else "client_stream"
    return "server_stream" if method.response_streaming else "unary"


# Both kinds count a call before its status leaves, so that whoever has the status finds it counted.


def _unary(name: str, handle: UnaryHandler, metrics: MethodMetrics, calls: CallLimit) -> UnaryHandler:
    async def call(request: Any, context: Context) -> Any:  # noqa: ANN401  (any message)
        began = perf_counter()
        metrics.start()
        calls.active += 1
        try:
            if calls.active > calls.maximum:
                raise calls.refusal()
            if request is _UNDECODABLE:
                raise undecodable()
            response = await handle(request, context)
        except BaseException as error:
            calls.active -= 1
            metrics.end(_code_of(error, context), perf_counter() - began)
            await _answer_error(name, error, context)
        calls.active -= 1
        metrics.end(StatusCode.OK, perf_counter() - began)
        return response

    return call


def _stream(name: str, handle: StreamHandler, metrics: MethodMetrics, streams: Streams) -> StreamHandler:
    async def call(request: Any, context: Context) -> AsyncGenerator[Any, None]:  # noqa: ANN401  (any message)
        began = perf_counter()
        metrics.start()
        try:
            with streams.opened() as stream:
                if request is _UNDECODABLE:
                    raise undecodable()
                async with aclosing(handle(request, context)) as responses:
                    while True:
                        try:
                            response = await stream.next(responses)
                        except StopAsyncIteration:
                            break
                        yield response
        except BaseException as error:
            metrics.end(_code_of(error, context), perf_counter() - began)
            await _answer_error(name, error, context)
        metrics.end(StatusCode.OK, perf_counter() - began)

    return call


def undecodable() -> InvalidArgument:
    """The answer to bytes that are not the message of the method."""
    return InvalidArgument([], "the request is not a valid message", "UNDECODABLE_REQUEST")


async def _answer_error(name: str, error: BaseException, context: Context) -> NoReturn:
    """Ends the call with the status that an exception means."""
    if isinstance(error, ServiceError):
        await context.abort(error.code, status_message(error), error_trailers(error))
    if isinstance(error, Exception) and not isinstance(error, grpc.aio.AbortError):
        _log.error("handler failed", method=name, exc_info=error, **_caller(context))
        internal = ServiceError(StatusCode.INTERNAL, "internal error", "INTERNAL")
        await context.abort(internal.code, internal.message, error_trailers(internal))
    raise error


def _code_of(error: BaseException, context: Context) -> StatusCode:
    if isinstance(error, ServiceError):
        return error.code
    if isinstance(error, GeneratorExit):
        return StatusCode.CANCELLED
    if isinstance(error, asyncio.CancelledError):
        remaining = context.time_remaining()
        return StatusCode.DEADLINE_EXCEEDED if remaining is not None and remaining <= 0 else StatusCode.CANCELLED
    return StatusCode.INTERNAL


def _caller(context: Context) -> dict[str, str]:
    """What leads from a log line to the request's other traces."""
    wanted = ("x-request-id", "traceparent")
    return {key: str(value) for key, value in context.invocation_metadata() or () if key in wanted}


def _tolerant(decode: Callable[[bytes], Any] | None) -> Callable[[bytes], Any]:
    if decode is None:
        raise TypeError("a method without a deserialiser")

    def decode_or_mark(data: bytes) -> Any:  # noqa: ANN401  (any message)
        try:
            return decode(data)
        except DecodeError:
            return _UNDECODABLE

    return decode_or_mark


def _decoded_requests(handle: Callable[[AsyncIterator[Any], Context], Any]) -> Callable[[Any, Context], Any]:
    """Lets a handler of a request stream see decoded messages only; others end the call."""

    async def decoded(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for request in requests:
            if request is _UNDECODABLE:
                raise undecodable()
            yield request

    def call(requests: AsyncIterator[Any], context: Context) -> Any:  # noqa: ANN401  (a coroutine or a generator)
        return handle(decoded(requests), context)

    return call
