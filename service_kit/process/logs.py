"""Logs: JSON lines for machines, text on a terminal; structlog and the standard library's loggers alike."""

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Their debug lines tell of their own loops, several times a second.
_CHATTY = ("asyncio", "grpc")


def configure_logs(level: str, output: Literal["auto", "json", "text"], *, traced: bool = False) -> None:
    """Sets up logging of the process to standard output. `traced` adds the ids of the current span to each line."""
    shared: list[Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if traced:
        shared.append(_add_trace_ids)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    text = output == "text" or (output == "auto" and sys.stdout.isatty())
    last: list[Processor] = (
        # Plain: the rich traceback would print local variables, and so what people wrote.
        [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback)]
        if text
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for library in _CHATTY:
        logging.getLogger(library).setLevel(max(root.level, logging.INFO))


def _add_trace_ids(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # Imported only where tracing is on: it costs memory and start time.
    from opentelemetry.trace import format_span_id, format_trace_id, get_current_span  # noqa: PLC0415

    span = get_current_span().get_span_context()
    if span.is_valid:
        event["trace_id"] = format_trace_id(span.trace_id)
        event["span_id"] = format_span_id(span.span_id)
    return event
