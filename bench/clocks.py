"""Deadlines and working minutes of many cases, on the models' own SQL.

    .venv/bin/python bench/clocks.py [--cases 2000000] [--json]

Prints the seconds of the models and their ratio to a baseline of the same run: reading the same cases, one
aggregate over their times. Two fifths run on working hours, a fifth on each
other clock; 2 % were suspended.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from pipelines.warehouse.db import open_db
from tests.models import build_models, rendered

SETUP = """
create table stg_run as select 'c' as calendar_code, timestamp '2026-12-31 00:00:00' as as_of;
create table stg_calendar as
  select d::date as calendar_date, isodow(d) as weekday, isodow(d) < 6 as is_workday, true as is_official
  from range(timestamp '2007-01-01', timestamp '2028-01-01', interval 1 day) as r (d);
create table stg_work_intervals as
  select 'c' as calendar_code, null::bigint as weekday, null::date as on_date, a as starts_at, b as ends_at,
    date '2000-01-01' as valid_from, null::date as valid_to
  from (values ('09:00', '12:00'), ('13:30', '17:30')) as v (a, b);
create table stg_deliveries as select 'd' as delivery_id, 's' as source;
create table stg_sources as select 's' as source, 'dispatched_at' as clock_starts_at;
create table stg_stage_limits as
  select 'grid' as channel, code as category_code, 'handle' as stage, v::decimal(18, 4) as limit_value, u as limit_unit,
    null::varchar as clock_start, date '2000-01-01' as valid_from, null::date as valid_to
  from (values ('0', 2, 'urgent_hour'), ('1', 7, 'natural_day'), ('2', 4, 'work_hour'), ('3', 30, 'work_hour'),
    ('4', 5, 'work_day')) as l (code, v, u);
create table int_case_times as
  select n as case_key, 'grid' as channel, (n % 5)::varchar as category_code, 'd' as delivery_id, t as reported_at,
    t as accepted_at, t as registered_at, t as dispatched_at, t + to_seconds((n * 7919) % 900000) as handled_at,
    t + to_seconds(1000000) as closed_at, null::timestamp as due_at
  from (
    select n, timestamp '2024-01-01' + to_seconds((n * 104729) % 86400000) as t from range({cases}) as r (n)
  );
create table stg_case_suspensions as
  select case_key, 'suspension' as kind, dispatched_at + interval 3 hour as started_at,
    dispatched_at + interval 40 hour as ended_at
  from int_case_times where case_key % 50 = 0;
"""
MINUTES = """
create table minutes as
select c.case_key,
  {{ idiv(work_seconds_at('c.handled_at', 'b') ~ ' - ' ~ work_seconds_at('c.reported_at', 'a'), '60') }} as work_minutes
from int_case_times as c
inner join int_work_segments as a on {{ in_segment('c.reported_at', 'a') }}
inner join int_work_segments as b on {{ in_segment('c.handled_at', 'b') }}
"""
BASELINE = """
create table baseline as
select category_code, count(*) as n, max(handled_at - reported_at) as longest, count(distinct dispatched_at) as moments
from int_case_times group by category_code
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=2_000_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    seconds: dict[str, float] = {}
    with open_db(":memory:") as db:
        db.execute("set threads = 2")
        db.execute(SETUP.format(cases=options.cases))
        for name in (
            "baseline", "int_work_intervals", "int_work_days", "int_work_segments", "int_work_hours",
            "int_case_limits", "int_case_pauses", "int_case_deadlines", "minutes",
        ):  # fmt: skip
            began = time.perf_counter()
            if name == "baseline":
                db.execute(BASELINE)
            elif name == "minutes":
                db.execute(rendered(MINUTES))
            else:
                build_models(db, name)
            seconds[name] = round(time.perf_counter() - began, 3)
        counted = db.execute(
            "select (select count(*) from int_case_deadlines), (select count(*) from minutes)"
        ).fetchone()
    baseline = seconds.pop("baseline")
    total = round(sum(seconds.values()), 3)
    report = {
        "cases": options.cases, "deadlines_and_minutes": counted, "seconds": seconds, "total_s": total,
        "baseline_s": baseline, "ratio": round(total / baseline, 2),
    }  # fmt: skip
    print(json.dumps(report, indent=1) if options.json else "\n".join(f"{k}: {v}" for k, v in report.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
