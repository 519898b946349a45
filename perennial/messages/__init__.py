"""What leaves for people: templates, the outbox, channels.

In:   decisions (a select of records, a template, an audience), made by `actions`
Out:  outbox rows, written once per decision and recipient; mails on the wire; notices in the application
Read in this order: definition, decide (outbox rows in one statement), deliver (claim, attempt, wire), channels, policy
and restraint (what waits), fallback (what takes another way), mailbox.

A new workspace holds every channel that leads out of the building until an administrator releases it. Sending is
committed as an attempt before the wire, so a crash leaves an *uncertain* message, never a silent second one.
"""

from perennial.messages.channels import Channel, Outcome, Recorder, Smtp, Wire
from perennial.messages.decide import cancel_set, decide_set, resume_set
from perennial.messages.definition import (
    Audience,
    Template,
    Text,
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
from perennial.messages.opt_out import contact_of, opt_in, opt_out, opted_out
from perennial.messages.policy import Policy, policy, save_policy
from perennial.messages.references import audience_references, template_references
from perennial.messages.told import tell
from perennial.messages.withdraw import withdraw_set

__all__ = [
    "Audience", "Channel", "Delivered", "Guard", "Outcome", "Policy", "Recorder", "Smtp", "Template", "Text", "Wire",
    "audience_references", "audiences", "cancel_set", "channels", "contact_of", "counts", "decide_set", "deliver",
    "forecast", "notices", "opt_in", "opt_out", "opted_out", "outbox", "policy", "publish_audience",
    "publish_template", "read_message", "read_notices", "release", "remove_audiences", "resolve", "resume_set",
    "retire_templates", "save_policy", "subjects", "tell", "tell_mentioned", "template_references", "templates",
    "unread", "withdraw_set",
]  # fmt: skip
