"""Which rows of mart_case_proofs a measure counts, and what each adds: the models' counts, read from their proofs."""

from __future__ import annotations

from dataclasses import dataclass

COUNTED = "is_counted"
TAKEN_IN = "(is_counted or exclusion_reason in ('cancelled', 'invalid'))"
VALID = "(is_counted or exclusion_reason = 'cancelled')"
POSTS = {
    "accept": "acceptor_code",
    "verify": "collector_code",
    "register": "shift_leader_code",
    "dispatch": "dispatcher_code",
    "sign": "handle_holder_code",
    "contact": "unit_code",
    "handle": "handle_holder_code",
    "reinspect": "collector_code",
    "close": "shift_leader_code",
}


@dataclass(frozen=True)
class CaseMeasure:
    """A condition on the rows, what a row adds, whose count it is beside the area's and (``of_unit``) the responsible
    unit's, and whether a turn before the last is its holder's alone."""

    where: str
    value: str = "1"
    holder: str = "unit_code"
    of_unit: bool = False
    is_own: bool = True

    @property
    def holders(self) -> tuple[str, ...]:
        return (self.holder, "unit_code") if self.of_unit else (self.holder,)


def within(moment: str) -> str:
    """The moment lies in the period, up to its as-of moment; {begin}, {end} and {as_of} are filled in later."""
    return f"{moment} >= {{begin}} and {moment} < {{end}} and {moment} <= {{as_of}}"


def _flags() -> dict[str, CaseMeasure]:
    due, closed = "is_due_to_close", f"{within('closed_at')} and {COUNTED}"
    open_or_closed = f"is_reported and {COUNTED} and is_closing_recorded"
    found = {
        "reported": CaseMeasure(f"is_reported and {COUNTED}"),
        "no_deadline": CaseMeasure(f"is_reported and {COUNTED} and due_at is null"),
        "duplicates": CaseMeasure("is_reported and exclusion_reason = 'duplicate'"),
        "closing_recorded": CaseMeasure(open_or_closed),
        "not_closed": CaseMeasure(f"{open_or_closed} and not coalesce(closed_at <= {{as_of}}, false)"),
        "cancelled": CaseMeasure("is_reported and exclusion_reason = 'cancelled'"),
        "invalid": CaseMeasure("is_reported and exclusion_reason = 'invalid'"),
        "excluded": CaseMeasure("is_reported and exclusion_reason in ('cancelled', 'invalid')"),
        "impossible_order": CaseMeasure("is_reported and exclusion_reason = 'impossible_order'"),
        "registered": CaseMeasure("is_registered"),
        "due_to_close": CaseMeasure(due),
        "closed": CaseMeasure("is_closed"),
        "closed_on_time": CaseMeasure("is_closed_on_time"),
        "closed_overdue": CaseMeasure("is_closed_overdue"),
        "overdue_open": CaseMeasure("is_overdue_open"),
        "suspended": CaseMeasure("is_suspended"),
        "handling_time_unknown": CaseMeasure("is_closed and handled_at is null"),
        "calendar_provisional": CaseMeasure(f"{due} and is_calendar_provisional"),
        "evaluated": CaseMeasure("is_evaluated"),
        "satisfied": CaseMeasure("is_satisfied"),
        "means_recorded": CaseMeasure("is_closed and disposal_means is not null"),
        "closings": CaseMeasure(closed),
        "contacted": CaseMeasure(f"{closed} and contacted_at is not null"),
        "called_back": CaseMeasure(f"{closed} and is_called_back"),
        "reached": CaseMeasure(f"{closed} and is_reached"),
        "assessed": CaseMeasure(f"{closed} and is_assessed"),
        "resolved": CaseMeasure(f"{closed} and is_resolved"),
    }
    for means in ("service", "management", "enforcement"):
        found[f"by_{means}"] = CaseMeasure(f"is_closed and disposal_means = '{means}'")
    for measure, recorded, column in (
        ("reworked", "rework_recorded", "rework_count"),
        ("extended", "extension_recorded", "extension_count"),
        ("returned", "return_recorded", "return_count"),
        ("suspensions", "", "suspension_count"),
    ):
        found[measure] = CaseMeasure(f"{due} and {column} > 0", column)
        if recorded:
            found[recorded] = CaseMeasure(f"{due} and {column} is not null")
    return found


def _posts() -> dict[str, CaseMeasure]:
    reported, registered = within("reported_at"), within("registered_at")
    accepted, dispatched = within("accepted_at"), within("dispatched_at")
    collector, leader, dispatcher = POSTS["reinspect"], POSTS["register"], POSTS["dispatch"]
    return {
        "received": CaseMeasure(f"{reported} and {TAKEN_IN}", holder=collector),
        "valid_received": CaseMeasure(f"{reported} and {VALID}", holder=collector),
        "missed_reports": CaseMeasure(f"{reported} and {COUNTED} and is_missed_report", holder=collector),
        "accepted": CaseMeasure(f"{accepted} and {TAKEN_IN}", holder=POSTS["accept"], of_unit=True),
        "registered_reports": CaseMeasure(f"{registered} and {VALID}", holder=collector),
        "registered_public": CaseMeasure(f"{registered} and {VALID} and not is_proactive", holder=collector),
        "opened": CaseMeasure(f"{registered} and {VALID}", holder=leader),
        "opened_rightly": CaseMeasure(f"{registered} and {COUNTED}", holder=leader),
        "dispatched": CaseMeasure(f"{dispatched} and {VALID}", holder=dispatcher, of_unit=True),
    }


def _stages() -> dict[str, CaseMeasure]:
    found = {}
    for stage, holder in POSTS.items():
        done, due = f"coalesce({stage}_done_at <= {{as_of}}, false)", f"{stage}_due_at"
        settled = (
            f"{stage}_settled_at >= {{begin}} and {stage}_settled_at < {{end}} and ({done} or {due} < {{as_of}}) "
            f"and (not is_clock_stopped or {done})"
        )
        for measure, test in (
            ("due", "true"),
            ("done", done),
            ("on_time", f"{done} and {stage}_done_at <= {due}"),
            ("overdue_done", f"{done} and {stage}_done_at > {due}"),
            ("overdue_open", f"not {done}"),
        ):
            found[f"{stage}_{measure}"] = CaseMeasure(f"{settled} and {test}", holder=holder)
        for fault in ("impossible", "missing"):
            where = f"{within('reported_at')} and {stage}_fault = '{fault}'"
            found[f"{stage}_{fault}"] = CaseMeasure(where, holder=holder)
        if stage == "dispatch":
            found["dispatched_rightly"] = CaseMeasure(f"{settled} and {done} and return_count = 0", holder=holder)
            found["dispatch_return_recorded"] = CaseMeasure(f"{settled} and return_count is not null", holder=holder)
    registered = f"{within('register_done_at')} and register_fault is null and register_due_at is not null"
    leader = POSTS["register"]
    found["opened_with_limit"] = CaseMeasure(registered, holder=leader)
    found["opened_on_time"] = CaseMeasure(f"{registered} and register_done_at <= register_due_at", holder=leader)
    ended = within("handle_ended_at")
    found["handle_ended"] = CaseMeasure(ended, holder=POSTS["handle"])
    found["handle_held_work_minutes"] = CaseMeasure(
        f"{ended} and handle_work_minutes is not null", "handle_work_minutes", POSTS["handle"]
    )
    return found


CASE_MEASURES = _flags() | _posts() | _stages()
# Of the turns of handling beside the last (alias of mart_turn_proofs): condition and value.
_LATE = "settled_at >= {begin} and settled_at < {end} and not is_last_turn"
TURN_MEASURES = {
    "handle_due": CaseMeasure(f"{_LATE} and (done_at <= {{as_of}} or due_at < {{as_of}})"),
    "handle_done": CaseMeasure(f"{_LATE} and done_at <= {{as_of}}"),
    "handle_on_time": CaseMeasure(f"{_LATE} and done_at <= {{as_of}} and done_at <= due_at"),
    "handle_overdue_done": CaseMeasure(f"{_LATE} and done_at <= {{as_of}} and done_at > due_at"),
    "handle_overdue_open": CaseMeasure(f"{_LATE} and due_at < {{as_of}} and not coalesce(done_at <= {{as_of}}, false)"),
    "handle_ended": CaseMeasure(
        f"{within('coalesce(done_at, passed_on_at)')} and not is_last_turn and not is_missing and not is_impossible"
    ),
    "handle_held_work_minutes": CaseMeasure(
        f"{within('coalesce(done_at, passed_on_at)')} and not is_last_turn and not is_missing and not is_impossible",
        "held_work_minutes",
    ),
    "tasks": CaseMeasure(f"{within('started_at')} and is_task", is_own=False),
    "tasks_returned": CaseMeasure(f"{within('started_at')} and is_task and passed_on_at <= {{as_of}}", is_own=False),
}
