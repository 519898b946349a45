"""What leaves for people: templates, the outbox, channels.

In:   decisions (a select of records, a template, an audience), made by `actions`
Out:  outbox rows, written once per decision and recipient; mails on the wire; notices in the application
Read in this order: definition, decide (outbox rows in one statement), deliver (claim, attempt, wire), channels, policy
and restraint (what waits), fallback (what takes another way), mailbox.

A new workspace holds every channel that leads out of the building until an administrator releases it. Sending is
committed as an attempt before the wire, so a crash leaves an *uncertain* message, never a silent second one.
"""

from perennial.messages.again import approve_template, mass_sendings, resend
from perennial.messages.answers import answers, strangers
from perennial.messages.channels import REFUSED, Channel, Outcome, Recorder, Wire, attempt
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
    template_heads,
    template_versions,
    templates,
)
from perennial.messages.deliver import Delivered, Guard, deliver
from perennial.messages.foresee import foresee
from perennial.messages.incoming import read_mail, replies, take_in
from perennial.messages.letters import Letter, read_letter
from perennial.messages.letting import (
    behind,
    cancel_many,
    chosen_by,
    copy_of,
    customer_forms,
    customers,
    forecast,
    let_go,
    let_go_batch,
    readdress,
    recall,
    recipients,
    ways_left,
)
from perennial.messages.mailbox import (
    channels,
    counts,
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
from perennial.messages.overview import overview, sms_codes
from perennial.messages.policy import Policy, policy, save_policy
from perennial.messages.references import audience_references, template_references
from perennial.messages.rehearse import Piece, Rehearsed, rehearse
from perennial.messages.rehearse import problems as template_problems
from perennial.messages.segments import Length, length
from perennial.messages.setup import Setup, clear_setup, read_setup, save_setup
from perennial.messages.setup import setup as setup_of
from perennial.messages.told import tell, tell_about
from perennial.messages.trial import Trial, trial, tried
from perennial.messages.ways import app_of, by_environment, sender_by_environment, sender_of, set_up
from perennial.messages.withdraw import withdraw_set

__all__ = [
    "REFUSED",
    "Audience", "Channel", "Delivered", "Guard", "Length", "Letter", "Outcome", "Piece", "Policy", "Recorder",
    "Rehearsed", "Setup", "Template", "Text", "Trial", "Wire", "answers", "app_of", "approve_template", "attempt",
    "audience_references", "audiences", "behind", "by_environment", "cancel_many", "cancel_set", "channels",
    "chosen_by", "clear_setup", "contact_of", "copy_of", "counts", "customer_forms", "customers", "decide_set",
    "deliver", "forecast", "foresee", "length", "let_go", "let_go_batch", "mass_sendings", "notices", "opt_in",
    "opt_out", "opted_out", "outbox", "overview", "policy", "publish_audience", "publish_template", "read_letter",
    "read_mail", "read_message", "read_notices", "read_setup", "readdress", "recall", "recipients", "rehearse",
    "release", "remove_audiences", "replies", "resend", "resolve", "resume_set", "retire_templates", "save_policy",
    "save_setup", "sender_by_environment", "sender_of", "set_up", "setup_of", "sms_codes", "strangers", "subjects",
    "take_in", "tell", "tell_about", "tell_mentioned", "template_heads", "template_problems", "template_references",
    "template_versions", "templates", "trial", "tried", "unread", "ways_left", "withdraw_set",
]  # fmt: skip
