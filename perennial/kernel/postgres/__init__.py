"""The embedded PostgreSQL and its supervisor.

In:   a Perennial home; PostgreSQL's programs from the wheel or PERENNIAL_PG_BIN
Out:  a server that answers on a private socket while at least one program uses it
Read in this order: server (the door), lease (who uses it, who may start it), cluster (make, start, stop),
processes (what /proc says), account and launch (as whom), binaries, settings; trial (throw-away servers).
"""

from perennial.kernel.postgres.binaries import bin_folder, major_version
from perennial.kernel.postgres.server import server
from perennial.kernel.postgres.trial import trial_server

__all__ = ["bin_folder", "major_version", "server", "trial_server"]
