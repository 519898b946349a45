"""People, departments, roles, sessions.

Read in this order: password (argon2), login (throttled), session (who is behind a cookie), person (create, change,
disable), department (the tree), role. What a role may do with forms is decided in `access`.
"""

from perennial.people.account import (
    ACCOUNT_CHANNELS,
    Account,
    accounts_of,
    bind,
    bind_set,
    bound,
    holder,
    person_of,
    remotes,
    unbind,
)
from perennial.people.administration import administered
from perennial.people.department import Department, departments, save_department
from perennial.people.login import login, logout, wrong_attempt
from perennial.people.password import change_password, set_password
from perennial.people.person import Person, create, disable, enable, find, first_administrator, is_empty, people, update
from perennial.people.role import Role, assign, held, holders, remove_roles, roles, save_role
from perennial.people.roster import Plan as RosterPlan
from perennial.people.roster import Trouble as RosterTrouble
from perennial.people.roster import plan as plan_roster
from perennial.people.session import (
    LIFE_DAYS,
    LoggedOut,
    Session,
    Standing,
    admit,
    behind,
    enter,
    forget_standing,
    logged_out,
    open_session,
    prolong,
    standing,
    standings,
)
from perennial.people.taking_in import rosters
from perennial.people.taking_in import take_back as take_back_roster
from perennial.people.taking_in import take_in as take_in_roster
from perennial.people.taking_in import told as roster_told

__all__ = [
    "ACCOUNT_CHANNELS",
    "LIFE_DAYS",
    "Account",
    "Department",
    "LoggedOut",
    "Person",
    "Role",
    "RosterPlan",
    "RosterTrouble",
    "Session",
    "Standing",
    "accounts_of",
    "administered",
    "admit",
    "assign",
    "behind",
    "bind",
    "bind_set",
    "bound",
    "change_password",
    "create",
    "departments",
    "disable",
    "enable",
    "enter",
    "find",
    "first_administrator",
    "forget_standing",
    "held",
    "holder",
    "holders",
    "is_empty",
    "logged_out",
    "login",
    "logout",
    "open_session",
    "people",
    "person_of",
    "plan_roster",
    "prolong",
    "remotes",
    "remove_roles",
    "roles",
    "roster_told",
    "rosters",
    "save_department",
    "save_role",
    "set_password",
    "standing",
    "standings",
    "take_back_roster",
    "take_in_roster",
    "unbind",
    "update",
    "wrong_attempt",
]  # fmt: skip
