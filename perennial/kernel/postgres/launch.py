"""Run a program as another user: `python -I -S launch.py UID GID plain|read PROGRAM …`. Imports nothing of ours.

`read` keeps one right of root's, to pass through folders that are closed to the user. It is an ambient capability of
this one program, so that no folder above the data has to be opened to everybody.
"""

import ctypes
import os
import sys

_KEEP_CAPABILITIES, _AMBIENT, _RAISE = 8, 47, 2
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2
_VERSION_3 = 0x20080522


def _keep(libc: ctypes.CDLL, capability: int) -> bool:
    """Hold exactly this capability, inheritable and ambient."""
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    bit = 1 << capability
    # two words each of effective, permitted, inheritable
    if libc.capset(header, (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)) != 0:
        return False
    return libc.prctl(_AMBIENT, _RAISE, capability, 0, 0) == 0


def main() -> None:
    uid, gid, reads, *command = sys.argv[1:]
    libc = ctypes.CDLL(None, use_errno=True)
    if reads == "read":
        libc.prctl(_KEEP_CAPABILITIES, 1, 0, 0, 0)
    os.setgroups([int(gid)])
    os.setgid(int(gid))
    os.setuid(int(uid))
    if reads == "read":
        _ = _keep(libc, _DAC_READ_SEARCH) or _keep(libc, _DAC_OVERRIDE)
    try:
        os.execv(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror} (as user {uid})")


if __name__ == "__main__":
    main()
