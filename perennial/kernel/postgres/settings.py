"""The server's settings. An administrator overrides them in DATA/own.conf, which is read after ours."""

import contextlib
import os
from pathlib import Path

MEMORY_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")

FIXED = """\
# written at every start; put your own settings into own.conf beside this file
unix_socket_permissions = 0700
max_connections = 60
jit = off
fsync = on
synchronous_commit = on
wal_compression = on
max_wal_size = 2GB
random_page_cost = 1.1
timezone = 'UTC'
log_timezone = 'UTC'
log_startup_progress_interval = 3s
log_line_prefix = '%m [%p] '
"""


def memory_bytes() -> int:
    """What this machine, or the container we are in, has."""
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in MEMORY_LIMITS:
        with contextlib.suppress(OSError, ValueError):
            found = min(found, int(Path(limit).read_text()))
    return found


TRIAL = """\
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_connections = 100
"""


def configuration(*, trial: bool) -> str:
    """The text of perennial.conf: shared_buffers is a quarter of the memory, 1 GB at most.

    trial  for a throw-away server: nothing outlives a crash
    """
    shared_mb = max(16, min(1024, memory_bytes() // 4 // 2**20))
    if trial:
        return f"{FIXED}{TRIAL}shared_buffers = {min(256, shared_mb)}MB\n"
    return f"{FIXED}shared_buffers = {shared_mb}MB\n"
