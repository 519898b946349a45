"""Run a program as another user: `python -I -S launch.py UID GID FLAGS PROGRAM …`. Imports nothing of ours.

read   keep one right of root's, to pass through folders that are closed to the user. It is an ambient capability of
       this one program, so that no folder above the data has to be opened to everybody
bound  end the program (SIGQUIT) when the one that started it dies, however it dies
"""

import ctypes
import os
import signal
import sys

_PARENT_DEATH_SIGNAL, _KEEP_CAPABILITIES, _SECURE_BITS, _AMBIENT, _RAISE = 1, 8, 28, 47, 2
_NO_SETUID_FIXUP = 4  # else access(2), by which PostgreSQL finds its programs, does not look at capabilities
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2
_VERSION_3 = 0x20080522


def _keep(libc: ctypes.CDLL, capability: int | None) -> bool:
    """Hold exactly this capability, inheritable and ambient; or none."""
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    bit = 0 if capability is None else 1 << capability
    # two words each of effective, permitted, inheritable
    if libc.capset(header, (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)) != 0:
        return False
    return capability is None or libc.prctl(_AMBIENT, _RAISE, capability, 0, 0) == 0


def main() -> None:
    uid, gid, flags, *command = sys.argv[1:]
    libc = ctypes.CDLL(None, use_errno=True)
    if int(uid) != os.geteuid():
        if "read" in flags:
            libc.prctl(_SECURE_BITS, _NO_SETUID_FIXUP, 0, 0, 0)
            libc.prctl(_KEEP_CAPABILITIES, 1, 0, 0, 0)
        os.setgroups([int(gid)])
        os.setgid(int(gid))
        os.setuid(int(uid))
        kept = (_DAC_READ_SEARCH, _DAC_OVERRIDE, None)
        if "read" in flags and not any(_keep(libc, one) for one in kept):
            sys.exit("root's rights could not be given up")
    if "bound" in flags:
        # last: a change of user would clear it
        libc.prctl(_PARENT_DEATH_SIGNAL, signal.SIGQUIT, 0, 0, 0)
    try:
        os.execv(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror} (as user {uid})")


if __name__ == "__main__":
    main()
