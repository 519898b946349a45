"""The HTTP edge: parse, call one function of a room, serialise.

Read in this order: edge (a router whose endpoints get a `Tx`), errors (a `Problem` becomes JSON in the reader's
language), shield (headers and limits), app (puts them together). Every other module serves one room: it has a `router`
and is found by `app` without being named.
"""

from perennial.http.app import create_app

__all__ = ["create_app"]
