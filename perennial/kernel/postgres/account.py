"""As whom the server runs.

PostgreSQL refuses to run as root and resolves its user by getpwuid. Started by root it therefore runs as an existing
account without rights of its own; nothing is created and no folder but the data folder changes hands.
See docs/decisions/0001-the-embedded-server-as-root.md.
"""

import os
import pwd
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from perennial.kernel.errors import Broken

ACCOUNTS = ("perennial", "postgres", "nobody")
_LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, slots=True)
class Account:
    """The user of the server; `switch` when that is not who we are."""

    uid: int
    gid: int
    switch: bool

    def command(self, *command: str | Path, folder: Path, bound: bool = False) -> list[str]:
        """`command` as this account, working in `folder`; bound: it dies when we die."""
        words = [str(word) for word in command]
        if not self.switch and not bound:
            return words
        closed = self.switch and (_closed_to(self, Path(words[0])) or _closed_to(self, folder))
        flags = ["read"] * closed + ["bound"] * bound
        launch = [sys.executable, "-I", "-S", str(_LAUNCH)]
        return [*launch, str(self.uid), str(self.gid), ",".join(flags) or "plain", *words]


def account(data: Path) -> Account:
    """The owner of an existing data folder, else who we are, else (as root) the first of ACCOUNTS that exists."""
    uid = os.geteuid()
    if uid:
        if data.exists() and data.stat().st_uid != uid:
            raise Broken("kernel.data_of_other_user", folder=str(data))
        return Account(uid, os.getegid(), switch=False)
    if data.exists() and (owner := data.stat().st_uid):
        try:
            entry = pwd.getpwuid(owner)
            return Account(entry.pw_uid, entry.pw_gid, switch=True)
        except KeyError:
            pass  # copied from another machine
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid:
            return Account(entry.pw_uid, entry.pw_gid, switch=True)
    raise Broken("kernel.no_account", accounts=", ".join(ACCOUNTS))


def give(folder: Path, to: Account) -> None:
    """`folder` and all in it belong to the account; what stands above it is not touched."""
    if not to.switch or folder.stat().st_uid == to.uid:
        return
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(place) / name, to.uid, to.gid, follow_symlinks=False)
    # last, so that a half-done change is seen and done again
    os.chown(folder, to.uid, to.gid)


def _closed_to(who: Account, place: Path) -> bool:
    """A folder above `place` may not be entered by the account (root's home, a private temporary folder)."""
    for parent in place.resolve().parents:
        found = parent.stat()
        if found.st_uid == who.uid:
            needed = stat.S_IXUSR
        elif found.st_gid == who.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not found.st_mode & needed:
            return True
    return False
