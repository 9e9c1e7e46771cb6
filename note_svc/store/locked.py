"""A statement about one note that waits for a lock waits for that note."""

from collections.abc import Iterator
from contextlib import contextmanager

from note_svc.domain.change import NoteLocked
from service_kit.postgres.errors import DatabaseLocked


@contextmanager
def note_locked() -> Iterator[None]:
    """Raises NoteLocked where the statement inside has waited for its lock in vain."""
    try:
        yield
    except DatabaseLocked as error:
        raise NoteLocked from error
