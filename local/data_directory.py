"""The directory of one stack: PostgreSQL's data, the logs, and where its unix sockets are."""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from local.errors import StackError


class DataDirectory:
    """DATA_DIR, taken by at most one stack at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: IO[str] | None = None

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def sockets(self) -> Path:
        """A new directory at each start, with a short path: a unix socket's address has at most 108 bytes."""
        return self._link.readlink()

    def take(self) -> None:
        """StackError when it cannot be written, or another stack has it."""
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            lock = (self.path / "lock").open("a+")
        except OSError as error:
            raise StackError(f"DATA_DIR {self.path} cannot be used: {error.strerror}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip()
            lock.close()
            raise StackError(f"DATA_DIR {self.path} belongs to the stack of process {owner}: choose another") from None
        self._lock = lock
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._remove_sockets()
        self._link.symlink_to(tempfile.mkdtemp(prefix="notewire-"))

    def release(self) -> None:
        """Leaves data and logs; safe to call twice."""
        if self._lock is not None:
            self._remove_sockets()
            self._lock.close()
            self._lock = None

    @property
    def _link(self) -> Path:
        # Remembers the directory of sockets, so that the next start removes what a killed stack has left.
        return self.path / "sockets"

    def _remove_sockets(self) -> None:
        with suppress(FileNotFoundError):
            shutil.rmtree(self._link.readlink(), ignore_errors=True)
            self._link.unlink()
