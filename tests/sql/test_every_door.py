"""Every route of the product is asked by a salesperson for what they may not have.

The hidden rows and the hidden fields of their own rows hold a word and a figure that stand nowhere else: neither is in
any reply, whatever its status. What names a hidden record is answered as if there were none. A route without a case
fails the test, and so does a world in which nobody else would have met the word.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from hidden_world import FIGURE, HEAD, TAIL, World, stand
from web_client import PASSWORD, TestClient, logged_in

from perennial.kernel import SYSTEM, Database

pytestmark = pytest.mark.usefixtures("home")

DENIED = (403, 404)
READS = (
    "page_records",
    "group_records",
    "related_records",
    "preview_merge",
    "explain_formula",
    "preview_bulk",
    "find_alike",
)


@dataclass(frozen=True)
class Ask:
    """One request: what stands in the path, and what is sent with it. `allowed`: what may be answered."""

    path: tuple[Any, ...] = ()
    body: Any = None
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    files: Any = None
    allowed: tuple[int, ...] = DENIED


@pytest.fixture
def world(database: Database) -> World:
    return stand(database)


def cases(w: World) -> dict[str, list[Ask]]:
    """Operation id of the OpenAPI document -> what is asked there."""
    hidden = [("customer", w.theirs), ("customer", w.gone), ("contract", w.theirs_contract),
              ("contact", w.theirs_contact), ("payment", w.payment)]  # fmt: skip
    mine = [("customer", w.mine), ("contract", w.mine_contract), ("contact", w.mine_contact)]
    ok = (200, 201, 202, 204)
    may, odd = partial(Ask, allowed=ok), partial(Ask, allowed=(422,))

    def closed(*rest: Any, body: Any = None, **query: Any) -> list[Ask]:
        """Of every hidden record."""
        return [Ask((*record, *rest), body, query) for record in hidden]

    def around(*rest: Any, body: Any = None, **query: Any) -> list[Ask]:
        """Of hidden records nothing, of one's own what may be seen of it."""
        return [*closed(*rest, body=body, **query), *(may((*one, *rest), body, query) for one in mine)]

    def one(*path: Any, body: Any = None, allowed: tuple[int, ...] = DENIED, **query: Any) -> list[Ask]:
        return [Ask(path, body, query, allowed=allowed)]

    def shut(*path: Any, body: Any = None, **query: Any) -> list[Ask]:
        return [Ask(path, body, query, allowed=(403,))]

    def probes(body: Mapping[str, Any], forms: tuple[str, ...] = ("customer", "contract", "contact")) -> list[Ask]:
        """Lists: as they are, searched for the word, and filtered by what is hidden."""
        asked = [may((form,), {**body, **more}) for form in forms
                 for more in ({}, {"search": HEAD}, {"search": FIGURE[:6]})]  # fmt: skip
        for form, text in (
            ("customer", 'CONTAINS(note, "金")'),
            ("customer", "phone > 1"),
            ("contact", "ISBLANK(mail)"),
            ("contract", "customer.seats > 1"),
            ("contract", "SUM(contract.notice_days) > 1"),
        ):
            asked += [odd((form,), {**body, "filter": text})]
        return [*asked, Ask(("payment",), body)]

    pairs = [{"winner": w.mine, "loser": w.theirs}, {"winner": w.theirs, "loser": w.twin}]
    drawn = {"form": "customer", "text": "no", "cursor": 2}
    empty_group = {"form": "customer", "tree": {"join": "and", "rows": []}}
    return {
        # records
        "list_forms": one(allowed=ok),
        "page_records": [
            *probes({"limit": 50}),
            odd(("customer",), {"columns": ["note"]}),
            odd(("customer",), {"sort": [{"field": "seats"}]}),
            odd(("customer",), {"colours": ["seats > 1"]}),
            odd(("contract",), {"columns": ["customer", "amount"], "filter": "customer.seats > 1"}),
        ],
        "count_records": [*probes({}), odd(("customer",), {"sums": ["seats"]})],
        "group_records": [
            *probes({"by": "csm"}, ("customer",)), *probes({"by": "owner"}, ("contract",)),
            odd(("customer",), {"by": "note"}), odd(("customer",), {"by": "status", "sums": ["seats"]}),
        ],
        "read_record": around(),
        "create_record": [Ask(("payment",), {"values": {"contract": w.mine_contract, "amount": "1"}})],
        "update_record": closed(body={"version": 1, "values": {}}),
        "delete_record": closed(version=1),
        "preview_record": [
            Ask(("customer",), {"values": {"name": "a"}, "id": w.theirs}),
            may(("customer",), {"values": {"name": "a"}, "id": w.mine}),
            may(("contract",), {"values": {"customer": w.theirs}}),
            Ask(("payment",), {"values": {}}),
        ],
        "restore_record": closed(),
        "record_history": around(),
        "record_changes": around(),
        "record_change_days": around(year=2026, month=11),
        "compare_record": around(a="2026-11-21T09:00", b="now"),
        "record_standing": around(),
        "preview_restore": closed(body={"version": 1, "at": "2026-11-21", "fields": ["name"]}),
        "restore_fields": closed(body={"version": 1, "at": "2026-11-21", "fields": ["name"]}),
        "deleted_records": [may(("customer",)), *one("customer", search=HEAD, allowed=ok), Ask(("payment",))],
        "related_records": [
            Ask(("customer", w.theirs, "contracts"), {}), Ask(("customer", w.mine, "payments"), {}),
            Ask(("contract", w.mine_contract, "payments"), {}),
            may(("customer", w.mine, "contracts"), {}), may(("customer", w.mine, "contacts"), {}),
        ],
        "read_stream": around(),
        "read_readings": [Ask(("customer", w.theirs, "health_score")), odd(("customer", w.mine, "seats"))],
        "find_successor": [may(record) for record in hidden[:4]],  # nobody's, as of one that never was
        "record_processes": around(),
        "record_children": [Ask((*record, 1)) for record in hidden] + [Ask((*record, 0)) for record in mine],
        "list_sealed": around(),
        "search_all": [may(query={"text": text}) for text in (HEAD, TAIL[:5], FIGURE[:6], "明面")],
        "change_bulk": [may(("customer",), {"ids": [w.theirs], "values": {"website": "https://a.example.com"}}),
                        odd(("customer",), {"ids": [w.mine], "values": {"note": "x"}})],
        "preview_bulk": [may(("customer",), {"ids": [w.theirs], "values": {"name": "x"}}),
                         odd(("customer",), {"filter": "seats > 1", "values": {"name": "x"}})],
        "paste_cells": [
            may(("customer",), {"rows": [{"id": w.theirs, "version": 1}], "fields": ["name"], "cells": [["x"]]}),
            odd(("customer",), {"rows": [{"id": w.mine, "version": 1}], "fields": ["note"], "cells": [["x"]]}),
        ],
        "undo_change": one(w.change),
        "merge_records": [
            Ask(("customer",), {**two, "winner_version": 1, "loser_version": 1, "take": {}}) for two in pairs
        ],
        "preview_merge": [Ask(("customer",), two) for two in pairs],
        "list_duplicates": [may(("customer",)), Ask(("payment",))],
        "look_for_duplicates": [may(("customer",)), Ask(("payment",))],
        "find_alike": [may(("customer",), {"values": {"name": HEAD}}), Ask(("payment",), {"values": {}})],
        "judge_different": [Ask(("customer",), {"one": w.theirs, "other": w.twin})],
        "judge_undecided": [Ask(("customer",), {"one": w.theirs, "other": w.twin})],
        # files
        "upload_file": [may(files={"file": ("a.pdf", b"%PDF-1.7 a")})],
        "read_upload": one(w.file) + one(w.kept),
        "read_file": [Ask(("contract", w.mine_contract, "papers", w.kept)),
                      Ask(("contract", w.theirs_contract, "papers", w.kept)),
                      Ask(("customer", w.mine, "license", w.kept))],
        # talk
        "list_comments": around(),
        "say_comment": closed(body={"text": "a"}),
        "change_comment": [*closed(w.comment, body={"text": "a"}), Ask(("customer", w.mine, w.comment), {"text": "a"})],
        "remove_comment": [*closed(w.comment), Ask(("customer", w.mine, w.comment))],
        "restore_comment": [*closed(w.comment), Ask(("customer", w.mine, w.comment))],
        "list_mentionable": around(),
        "touch_presence": closed(body={"window": "w1"}),
        "leave_presence": one("customer", w.theirs, window="w1", allowed=ok),  # one's own faces alone
        "live_events": [],  # a form's key and nothing else: test_live
        # views
        "list_views": [may(("customer",)), Ask(("payment",))],
        "create_view": [odd(("customer",), {"label": "a", "tree": {"filter": "seats > 1"}}),
                        Ask(("payment",), {"label": "a", "tree": {}})],
        "choose_default_view": [Ask(("customer",), {"view": w.view})],
        "change_view": [Ask(("customer", w.view), {"label": "a", "tree": {}})],
        "delete_view": one("customer", w.view),
        "restore_view": one("customer", w.view),
        # formulas
        "check_formula": [may(body={"form": "customer", "text": "seats"}), Ask(body={"form": "payment", "text": "1"})],
        "complete_formula": [may(body=drawn), Ask(body={**drawn, "form": "payment"})],
        "hint_formula": [may(body=drawn), may(body={**drawn, "form": "payment"})],
        "explain_formula": [
            Ask(body={"form": "customer", "record_id": w.theirs, "text": "name"}),
            odd(body={"form": "customer", "record_id": w.mine, "text": "note"}),
            may(body={"form": "customer", "record_id": w.mine, "text": "open_amount"}),
            odd(body={"form": "customer", "record_id": w.mine, "text": "customer.name"}),
        ],
        "show_tree": [odd(body={"form": "customer", "text": "seats > 1"}), Ask(body={"form": "payment", "text": "1"})],
        "write_tree": [may(body=empty_group), Ask(body={**empty_group, "form": "payment"})],
        "list_functions": one(allowed=ok),
        "list_operators": one(allowed=ok),
        # imports, exports
        "create_import": [Ask(body={"form": "payment"}, files={"file": ("a.csv", b"a\n1\n")})],
        "list_imports": one(allowed=ok) + one(allowed=ok, form="customer") + one(allowed=ok, form="payment"),
        "list_remembered": one(allowed=ok),
        "forget_mapping": one(1),
        "read_template": one(form="payment") + one(form="customer", allowed=ok),
        **{name: one(w.ids["import"], body=body) for name, body in {
            "read_import": None, "discard_import": None, "check_import": None, "rehearse_import": None,
            "propose_mapping": None, "read_import_rows": None, "undo_import": None, "run_import": {},
            "fix_import": {"column": "备注", "row": 2, "new": "x"}, "map_import": {}, "reread_import": {},
            "skip_import_rows": {"rows": [2]},
        }.items()},
        "list_import_folders": one(allowed=ok),
        "save_import_folder": [Ask(body={"name": "a", "form": "payment"})],
        "remove_import_folder": one(1),
        "upload_bundle": [Ask(body={"form": "payment", "field": "x"}, files={"file": ("a.zip", _zip())}),
                          odd(body={"form": "contract", "field": "papers"}, files={"file": ("a.zip", _zip())})],
        "list_bundles": one(allowed=ok),
        "discard_bundle": one(w.bundle),
        "read_bundle": one(w.bundle),
        "fix_bundle_item": one(w.bundle, 1, body={"record_id": w.theirs}),
        "run_bundle": one(w.bundle),
        "undo_bundle": one(w.bundle),
        "ask_export": [Ask(("payment",), {"format": "csv"}), odd(("customer",), {"format": "csv", "columns": ["note"]}),
                       odd(("customer",), {"format": "csv", "filter": "seats > 1"})],
        "ask_pack": one(),
        "list_exports": one(allowed=ok),
        "read_export": one(w.export),
        "cancel_export": one(w.export),
        "read_export_file": one(w.export),
        # tasks, processes, messages
        "list_tasks": [may(query={"view": view}) for view in ("mine", "done")]
        + one(allowed=ok, form="customer", record_id=w.theirs)
        + one(allowed=ok, form="contract", record_id=w.theirs_contract),
        "finish_task": one(w.task, body={"values": {}}),
        "take_task": one(w.task),
        "transfer_task": one(w.task, body={"person_id": w.rep}),
        "give_task_back": one(w.task),
        "task_history": one(w.task),
        "create_task": [Ask(body={"form": at[0], "record_id": at[1], "title": "a"}) for at in hidden],
        "page_tasks": [may(query={"view": view, "sort": sort, "search": text})
                       for view, sort, text in (("mine", "customer", ""), ("team", "due", HEAD), ("later", "new", ""))],
        "page_sent_tasks": one(allowed=ok),
        "task_figures": one(allowed=ok) + one(view="team", allowed=ok),
        # of somebody else's task nothing but the label of its kind: each is named as refused
        "transfer_tasks": one(body={"moves": [{"id": w.task, "to": w.rep}]}, allowed=ok),
        "snooze_tasks": one(body={"ids": [w.task], "until": "2027-01-01"}, allowed=ok),
        "set_tasks_due": one(body={"ids": [w.task], "due_on": "2027-01-01"}, allowed=ok),
        "set_tasks_priority": one(body={"ids": [w.task], "priority": 1}, allowed=ok),
        "urge_tasks": one(body={"ids": [w.task]}, allowed=ok),
        "finish_tasks": one(body={"ids": [w.task]}, allowed=ok),
        "find_targets": one(body={"ids": [w.task]}, allowed=ok),
        "undo_task_act": one(1),
        "read_team": one(allowed=ok),
        "set_person_capacity": one(w.tang, body={"capacity": 3}),
        "propose_even_shares": one(allowed=ok),
        "read_calendar": one(since="2026-11-01", until="2026-11-30", allowed=ok)
        + one(since="2026-11-01", until="2026-11-30", person=w.tang),
        "workbench": one(allowed=ok),
        "list_approvals": [may(query={"view": view}) for view in ("mine", "done", "sent", "copied")],
        "read_approval": [*one(w.vote), may((w.my_vote,))],
        "read_approval_file": one(w.vote, w.file),
        "decide_vote": one(w.vote, body={"outcome": "approved"}),
        "decide_votes": one(body={"votes": [w.vote], "outcome": "approved"}, allowed=ok),
        "read_vote": one(w.vote),
        "add_signers": one(w.vote, body={"people": [w.rep], "where": "before"}),
        "remove_signer": one(w.vote),
        "transfer_vote": one(w.vote, body={"person": w.rep}),
        "delegate_vote": one(w.vote, body={"person": w.rep}),
        "urge_vote": one(w.vote),
        "return_vote": one(w.vote, body={"to": "a", "how": "redo", "opinion": "x"}),
        "withdraw_approval": one(w.vote),
        "list_processes": one(allowed=ok),
        "read_process": one("renewal", allowed=ok),
        "read_records": one("renewal", allowed=ok) + one("renewal", what="stuck", allowed=ok),
        "list_alerts": one(allowed=ok) + one(allowed=ok, view="all") + one(allowed=ok, record_id=w.theirs_contract),
        "read_alert": [*one(w.their_alert), may((w.my_alert,))],
        "explain_alert": [*one(w.their_alert), may((w.my_alert,))],
        "acknowledge_alert": [*one(w.their_alert), may((w.my_alert,))],
        "dismiss_alert": [*one(w.their_alert, body={"why": "x"}), may((w.my_alert,), {"why": "x"})],
        "reopen_alert": one(w.their_alert) + one(w.my_alert, allowed=(200, 409)),
        "list_rules": shut(),
        "rule_versions": shut("watched"),
        "try_rule": shut(body={"tree": {}, "record_id": w.theirs_contract}),
        "retry_rule": shut("watched"),
        "list_rule_calls": shut("watched"),
        "list_kept_back": shut("watched"),
        "retry_rule_call": shut("watched", 1),
        "read_rule_signing": shut("watched"),
        "renew_rule_signing": shut("watched"),
        "find_conflicts": shut(body={"definition": {}}),
        "list_thresholds": shut(body={"definition": {}}),
        "count_backlog": shut(body={"definition": {}}),
        "catch_up_rule": shut("watched"),
        "ask_backtest": shut(body={"key": "watched"}),
        "list_backtests": shut(),
        "read_backtest": shut(1),
        "cancel_backtest": shut(1),
        "list_backtest_records": shut(1),
        "explain_backtest": shut(1, record_id=w.theirs_contract, at="2026-11-21T09:00:00+08:00"),
        "watch_process": one("renewal", since="2026-01-01", until="2026-12-31", allowed=ok),
        "read_watched": one("renewal", of="stage", stage="due", since="2026-01-01", until="2026-12-31", allowed=ok)
        + one("renewal", of="began", since="2026-01-01", until="2026-12-31", allowed=ok),
        "read_step_log": one("renewal", format="csv", since="2026-01-01", until="2026-12-31", allowed=ok)
        + one("renewal", format="xes", since="2026-01-01", until="2026-12-31", allowed=ok),
        "retry_stuck": shut("renewal", body={}),
        "leave_out": one("renewal", body={"records": [w.theirs_contract], "reason": "a"}),
        "take_in": one("renewal", body={"records": [w.theirs_contract]}),
        "start_process": one("renewal", body={"records": [w.theirs_contract]}),
        "try_process": shut(body={"tree": {"form": "contract"}, "record_id": w.theirs_contract}),
        "process_versions": shut("renewal"),
        "process_version": shut("renewal", 1),
        "foresee_migration": shut("renewal"),
        "migrate": shut("renewal", body={"to": 1}),
        "list_migrations": shut("renewal"),
        "undo_migration": shut(1),
        "call_hook": one("nobody_knows", body={"record": w.theirs_contract}),
        "try_callback": one("feishu"),
        "take_callback": one("feishu", body={"token": HEAD}),
        "list_connect_events": [may()],
        "preview_card": [may(query={"channel": "feishu"})],
        "list_hooks": shut("renewal"),
        "renew_hook": shut("renewal", "paid"),
        "read_signing": shut("renewal"),
        "renew_signing": shut("renewal"),
        "list_calls": shut("renewal"),
        "retry_call": shut("renewal", 1),
        "read_startable": around("startable"),
        "begin_process": closed("begin", body={"process": "renewal", "reason": "a"}),
        "read_plan": one(allowed=ok, days=90) + one(form="contract", record_id=w.theirs_contract, allowed=ok),
        "preview_plan": [Ask(body={"version": 1, "values": {}, "form": at[0], "record_id": at[1]}) for at in hidden],
        "read_ledger": one(allowed=ok) + one(form="contract", record_id=w.theirs_contract, allowed=ok),
        "read_plan_calendar": one(allowed=ok, since="2026-11-01", until="2027-01-31"),
        "read_proof": one(allowed=ok),
        "read_uncovered": one(allowed=ok),
        "read_doctor": shut(),
        "list_holds": one(allowed=ok) + one(form="customer", record_id=w.theirs, allowed=ok),
        "create_hold": [
            Ask(body={"until": "2027-01-01", "reason": "a", "form": form, "record_id": id_}) for form, id_ in hidden
        ],
        "finish_hold": one(w.hold),
        "list_messages": one(allowed=ok) + one(form="contract", record_id=w.theirs_contract, allowed=ok),
        "read_message": one(w.message) + one(w.my_message, allowed=ok),
        "list_release": one("mail", "leaving", allowed=ok),
        "let_go": [may(body={"ids": [w.message]})], "cancel_messages": [may(body={"ids": [w.message]})],
        "outbox_filters": one(allowed=ok), "export_messages": one(allowed=ok),
        "read_behind": one(w.message) + one(w.my_message, allowed=ok),
        "list_recipients": one(w.message) + one(w.my_message, allowed=ok),
        "change_recipient": one(w.message, body={"contact": 1}) + one(w.my_message, body={"contact": 999}),
        "send_to_me": one(w.message, body={}),
        "resolve_message": one(w.message, body={"act": "cancel"}),
        "resend_message": one(w.message, body={}),
        "list_mass_sendings": one(allowed=ok),
        "list_strangers": one(allowed=ok),
        "approve_mass_sending": one("nothing", allowed=(422,)),
        "foresee_messages": [
            may(body={"template": "intent", "audience": "renewal_contacts"}),
            odd(body={"template": "intent", "audience": "renewal_contacts", "where": "customer.seats > 1"}),
        ],
        "list_channel_standings": one(allowed=ok), "list_sms_codes": one(allowed=ok), "list_webhook_senders": shut(),
        "read_channel_setup": one("mail", allowed=ok),
        "save_channel_setup": one("pigeon", body={"kind": "loft"}),
        "clear_channel_setup": one("pigeon"),
        "try_channel": one("sms", body={}, allowed=(409,)),
        "read_mirror": one(allowed=ok), "compare_mirror": one("feishu", allowed=ok),
        "read_policy": one(allowed=ok),
        "save_policy": one(body={"merge": "template", "fallback": ["pigeon"]}, allowed=(422,)),
        "read_opt_out": closed(),
        "set_opt_out": closed(body={"opted_out": True}),
        "show_opt_out": one("contact.1.0"),
        "say_opt_out": one("contact.1.0"),
        "list_notices": one(allowed=ok),
        "read_notices": one(body={"upto": 0}, allowed=ok),
        "list_channels": one(allowed=ok),
        "forecast_release": one("mail", allowed=ok),
        "release_channel": one("nothing"),
        "recall_channel": one("nothing"),
        # figures
        "list_dashboards": one(allowed=ok),
        "read_dashboard": one("cockpit", allowed=ok),
        "drill_dashboard": [may(("cockpit",), {"chart": "due_60", "measure": name}) for name in (None, "amount")],
        # oneself and colleagues, whose names are no secret
        "state": one(allowed=ok), "me": one(allowed=ok), "change_me": one(body={"theme": "dark"}, allowed=ok),
        "change_password": one(body={"old": "wrong", "new": "right horse"}, allowed=(422,)),
        "login": one(body={"account": "nobody", "password": "x"}, allowed=(422,)),
        "demo_login": one(), "setup": one(body={"account": "a", "name": "a", "password": PASSWORD}, allowed=(409,)),
        "logout": [],  # ends the session: test_http
        "list_my_accounts": one(allowed=ok), "release_my_account": one("wecom", allowed=ok),
        "list_entrances": one(allowed=ok), "go_to_bind": one("wecom", allowed=(404,)),
        "go_to_entrance": [], "come_back": [],  # they redirect whoever comes: tests/servers/test_im_people.py
        "list_people": one(allowed=ok), "list_departments": one(allowed=ok),
        # what needs the right to design
        "access_effects": shut(body={"drafts": [1]}), "access_matrix": shut(),
        "read_reach": shut("salesperson", "customer"),
        "view_as": shut(body={"person": w.zhou, "form": "customer", "record": w.theirs}),
        "list_viewings": shut(), "read_database": shut(), "build_index": shut("a"),
        "drop_index": shut("a"), "answer_question": shut("1"),
        "design_definitions": shut(kind="role"), "design_definition": shut("form", "customer"),
        "design_drafts": shut(), "design_draft": shut("form", "customer"),
        "save_draft": shut("form", "customer", body={"tree": {}}),
        "discard_draft": shut("form", "customer"), "draft_problems": shut("form", "customer"),
        "rebase_draft": shut("form", "customer", body={}),
        "plan_publication": shut(body={"drafts": [1]}), "list_publications": shut(),
        "plan_undo": shut(1), "undo_publication": shut(1, body={}),
        "publish_drafts": shut(body={"drafts": [1]}), "form_uses": shut("customer"),
        "propose_key": shut(body={"label": "a"}), "list_simulations": shut(),
        "check_decision": shut(body={"tree": {}}), "try_decision": shut(body={"tree": {}, "values": {}}),
        "list_templates": shut(), "template_versions": shut("intent"),
        "preview_template": shut(body={"tree": {}, "record_id": w.theirs_contract}),
        "foresee_template": shut(body={"tree": {}, "audience": "renewal_contacts"}),
        "try_template": shut(body={"tree": {}, "record_id": w.theirs_contract}),
        "map_decision": shut(body={"tree": {}, "across": "rate"}), "decision_effect": shut(body={"tree": {}}),
        "export_decision": shut(body={"tree": {}, "format": "dmn"}),
        "import_decision": [Ask(files={"file": ("a.dmn", b"<a/>", "text/xml")}, allowed=(403,))],
        "ask_simulation": shut(body={"until": "2027-01-01"}), "list_kinds": shut(),
        "compare_simulations": shut(first=1, second=2), "read_simulation": shut(1),
        "list_simulation_entries": shut(1), "cancel_simulation": shut(1), "simulation_file": shut(1),
        # what needs the right to manage people
        "list_colleagues": shut(), "create_colleague": shut(body={}),
        "change_colleague": shut(w.rep, body={"roles": ["business_admin"]}),
        "disable_colleague": shut(w.zhou), "enable_colleague": shut(w.zhou),
        "save_department": shut(body={"key": "a", "name": "a"}), "list_roles": shut(),
        "list_handovers": shut(), "undo_handover": shut(1),
        "hand_over": shut(w.tang, body={"to": [{"person": w.rep}]}),
        "preview_handover": shut(w.tang, body={"to": [{"person": w.rep}]}),
        "list_holdings": shut(w.tang), "list_rosters": shut(),
        "import_roster": [Ask(files={"file": ("a.csv", b"a")}, allowed=(403,))],
        "preview_roster": [Ask(files={"file": ("a.csv", b"a")}, allowed=(403,))],
        "roster_template": shut(), "undo_roster": shut(1),
        "change_workspace": shut(body={"name": "a"}),
        "list_accounts": shut(w.tang), "release_account": shut(w.tang, "wecom"),
        "bind_account": shut(w.tang, "wecom", body={"remote": "x"}),
        "read_organisation": shut("wecom"), "fetch_organisation": shut("wecom"), "choose_units": shut("wecom", body=[]),
        "sync_organisation": shut("wecom", body={"read_at": "2026-11-21T00:00:00Z", "remotes": []}),
        "sync_daily": shut("wecom", body={"on": True}),
    }  # fmt: skip


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("明面客户_营业执照.pdf", b"%PDF-1.4 a")
    return packed.getvalue()


def told(content: bytes) -> str:
    """Everything that can be read in a reply, the members of an archive too."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"\n".join(archive.read(name) for name in archive.namelist())
    text = content.decode("utf-8", errors="replace")
    return text.encode().decode("unicode_escape", errors="replace") + text if "\\u" in text else text


def leaks(content: bytes) -> list[str]:
    text = told(content).lower()
    return [secret for secret in (TAIL, FIGURE, f"{int(FIGURE):,}") if secret in text]


def asked(client: TestClient, method: str, template: str, ask: Ask) -> Any:
    values = iter(ask.path)
    path = re.sub(r"{[^}]*}", lambda _: str(next(values)), template)
    sent: dict[str, Any] = {"data": ask.body, "files": ask.files} if ask.files else {"json": ask.body}
    return client.request(method, path, params=dict(ask.query), **(sent if method != "GET" else {}))


def operations(client: TestClient) -> dict[str, tuple[str, str]]:
    """Operation id -> method and path, of every route that the application has."""
    paths: dict[str, dict[str, Any]] = client.get("/api/openapi.json").json()["paths"]
    return {one["operationId"]: (method.upper(), path) for path, all_ in paths.items() for method, one in all_.items()}


def test_no_door_shows_a_salesperson_what_is_hidden_from_them(world: World) -> None:
    known, met = cases(world), Counter[str]()
    with world.database.begin(SYSTEM) as tx:
        before = tx.value("SELECT max(id) FROM changes.change")
    with logged_in(world.database, "rep") as rep, logged_in(world.database, "zhou") as boss:
        doors = operations(rep)
        assert set(doors) == set(known), "every route has a case here, and nothing else has"
        for name, asks in known.items():
            method, path = doors[name]
            for ask in asks:
                reply = asked(rep, method, path, ask)
                place = f"{name} {ask}: {reply.status_code} {reply.text[:300]}"
                assert not leaks(reply.content), place
                assert reply.status_code in ask.allowed, place
                met["asked"] += 1
        for name in (*READS, *(name for name, (method, _) in doors.items() if method == "GET")):
            method, path = doors[name]
            met["told to the administrator"] += any(
                leaks(asked(boss, method, path, ask).content) for ask in known[name]
            )
    with world.database.begin(SYSTEM) as tx:
        assert tx.value("SELECT max(id) FROM changes.change") == before, "nobody wrote a record"
    print(dict(met))
    assert met["told to the administrator"] >= 25, met
