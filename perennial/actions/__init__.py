"""The closed set of what processes (later rules) can do to the world: create, update, notify, post.

Each takes a set and is thin: it says what an engine means and leaves the work to `records` and `messages`. Tasks are
opened through `tasks` directly, because a waiting instance and its task are one statement.
"""

from perennial.actions.create import Made, create
from perennial.actions.notify import notify, withdraw
from perennial.actions.update import update
from perennial.actions.webhook import Answer, post, private_url, wrong_url

__all__ = ["Answer", "Made", "create", "notify", "post", "private_url", "update", "withdraw", "wrong_url"]
