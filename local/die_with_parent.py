"""Becomes a command that the kernel signals when the parent process ends, however it ends.

Usage: python -I -S die_with_parent.py PARENT_PID SIGNAL USER COMMAND [ARGUMENT...]

An empty USER stays who it is. Only the standard library, and nothing of this project: it starts in some milliseconds.
"""

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2); Linux alone has it


def become(parent: int, death_signal: signal.Signals, user: str, command: list[str]) -> None:
    if user:
        account = pwd.getpwnam(user)
        os.initgroups(user, account.pw_gid)
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    if sys.platform == "linux":
        # After setuid, which would clear it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(death_signal))
    if os.getppid() != parent:
        sys.exit("the parent ended first")
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    become(int(sys.argv[1]), signal.Signals[sys.argv[2]], sys.argv[3], sys.argv[4:])
