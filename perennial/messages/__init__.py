"""What leaves for people: templates, the outbox, channels.

In:   decisions (a select of records, a template, an audience), made by `actions`
Out:  outbox rows, written once per decision and recipient; mails on the wire; notices in the application
Read in this order: definition, decide (outbox rows in one statement), deliver (claim, attempt, wire), channels,
mailbox.

A new workspace holds every channel that leads out of the building until an administrator releases it. Sending is
committed as an attempt before the wire, so a crash leaves an *uncertain* message, never a silent second one.
"""

from perennial.messages.channels import Channel, Outcome, Recorder, Smtp, Wire
from perennial.messages.decide import cancel_set, decide_set, resume_set
from perennial.messages.definition import (
    Audience,
    Template,
    audiences,
    publish_audience,
    publish_template,
    remove_audiences,
    retire_templates,
    templates,
)
from perennial.messages.deliver import Delivered, Guard, deliver
from perennial.messages.mailbox import (
    channels,
    counts,
    forecast,
    notices,
    outbox,
    read_message,
    read_notices,
    release,
    resolve,
    subjects,
    unread,
)
from perennial.messages.mention import tell_mentioned
from perennial.messages.references import audience_references, template_references
from perennial.messages.told import tell

__all__ = [
    "Audience", "Channel", "Delivered", "Guard", "Outcome", "Recorder", "Smtp", "Template", "Wire",
    "audience_references", "audiences", "cancel_set", "channels", "counts", "decide_set", "deliver", "forecast",
    "notices", "outbox", "publish_audience", "publish_template", "read_message", "read_notices", "release",
    "remove_audiences", "resolve", "resume_set", "retire_templates", "subjects", "tell", "tell_mentioned",
    "template_references", "templates", "unread",
]  # fmt: skip
