"""Becomes a command that the kernel signals when the parent process ends, however it ends.

Usage: python -I -S die_with_parent.py PARENT_PID SIGNAL USER COMMAND [ARGUMENT...]

An empty USER stays who it is; another is who root becomes, and may read and pass through what root may, such as a
checkout below /root. Only the standard library, and nothing of this project: it starts in some milliseconds.
"""

import ctypes
import os
import pwd
import signal
import struct
import sys

PR_SET_PDEATHSIG, PR_SET_SECUREBITS, PR_CAP_AMBIENT = 1, 28, 47  # prctl(2); Linux alone has it
SECBIT_NO_SETUID_FIXUP = 4  # else access(2) forgets the capability
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2  # containers often have the first alone
CAPABILITY_VERSION = 0x20080522  # capset(2)


def become(parent: int, death_signal: signal.Signals, user: str, command: list[str]) -> None:
    if user:
        _become_user(pwd.getpwnam(user))
    if sys.platform == "linux":
        # After setuid, which would clear it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(death_signal))
    if os.getppid() != parent:
        sys.exit("the parent ended first")
    try:
        os.execvp(command[0], command)  # noqa: S606
    except PermissionError:
        sys.exit(
            f"{user or 'this user'} may not run {command[0]}"
            + ("; start it as somebody else than root" if user else "")
        )
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


def _become_user(account: pwd.struct_passwd) -> None:
    os.initgroups(account.pw_name, account.pw_gid)
    os.setgid(account.pw_gid)
    if sys.platform != "linux":
        os.setuid(account.pw_uid)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    # Where this is refused, the account reaches what everybody does.
    kept = libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) == 0
    os.setuid(account.pw_uid)
    if kept:
        any(_keep_alone(libc, capability) for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE))


def _keep_alone(libc: ctypes.CDLL, capability: int) -> bool:
    """Gives up every capability but one, which what is executed has too; False when this process lacks it."""
    low = 1 << capability
    header, sets = struct.pack("Ii", CAPABILITY_VERSION, 0), struct.pack("6I", low, low, low, 0, 0, 0)
    return bool(
        libc.capset(header, sets) == 0 and libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0
    )


if __name__ == "__main__":
    become(int(sys.argv[1]), signal.Signals[sys.argv[2]], sys.argv[3], sys.argv[4:])
