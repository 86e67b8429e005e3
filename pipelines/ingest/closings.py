"""Which rejects are settled: by a later delivery of the same source that brings the row, or the file, again.

Worked out from the lake each time, so it is right whatever was read again since. "Later" goes by when deliveries were
extracted at the source; where that is not told or the same, by when they came in.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import polars as pl

from pipelines.contracts import DELIVERED
from pipelines.files import write_parquet, write_text
from pipelines.ingest import lake as lake_files
from pipelines.ingest.ledger import Delivery, read_ledger
from pipelines.ingest.rejects import REJECT_SCHEMA
from pipelines.ingest.reporter_key import reporter_key
from pipelines.ingest.row_keys import row_key_sql
from pipelines.settings import CityHome
from pipelines.warehouse.db import open_db, quoted

# How: row_accepted (a row of the same key came in), row_rejected_again (it came and failed again: the new reject
# stands for the old one), file_again (the file came again, for rows whose key cannot be read and for whole files).
CLOSING_SCHEMA = pl.Schema(
    {
        "delivery_id": pl.String,
        "source_row": pl.Int64,  # null for what concerns the whole file
        "closed_by": pl.String,
        "closed_how": pl.String,
    }
)


def closings(home: CityHome) -> pl.DataFrame:
    """The closed rejects of a city's lake (CLOSING_SCHEMA), one row per rejected row or file; all others are open.

    They are kept in lake/run/closings.parquet until the ledger changes.
    """
    ledger = read_ledger(home.lake)
    kept, mark = home.lake / "run" / "closings.parquet", home.lake / "run" / "closings.of"
    state = sha256(repr(sorted(_facts(d) for d in ledger)).encode()).hexdigest()
    if kept.is_file() and mark.is_file() and mark.read_text(encoding="ascii") == state:
        return pl.read_parquet(kept)
    mark.unlink(missing_ok=True)
    found = _work_out(home, ledger)
    write_parquet(found, kept)
    write_text(state, mark)
    return found


def _facts(delivery: Delivery) -> tuple[str, ...]:
    """All of a delivery that closings depend on."""
    d = delivery
    return (d.delivery_id, d.file, d.state, d.mapping_sha256, d.key_id or "", repr(d.extracted_at), repr(d.received_at))


def _work_out(home: CityHome, ledger: list[Delivery]) -> pl.DataFrame:
    by_source: dict[str, list[Delivery]] = {}
    for delivery in ledger:
        by_source.setdefault(delivery.source, []).append(delivery)
    parts = [
        found
        for mine in by_source.values()
        if len(mine) > 1 and any(d.rejected or not d.was_read for d in mine)
        if (found := _of_source(home, mine)).height
    ]
    everything = pl.concat(parts) if parts else pl.DataFrame(schema=CLOSING_SCHEMA)
    return everything.sort("delivery_id", "source_row", nulls_last=False)


def read_rejects(lake: Path, deliveries: list[Delivery]) -> pl.DataFrame:
    """The rejects (REJECT_SCHEMA) of ``deliveries``; files of earlier versions of this program have no row_key."""
    files = [lake_files.rejected_file(lake, d.delivery_id) for d in deliveries]
    files = [path for path in files if path.is_file()]
    if not files:
        return pl.DataFrame(schema=REJECT_SCHEMA)
    return pl.read_parquet(files, glob=False, schema=REJECT_SCHEMA, missing_columns="insert")


def rejects_with_state(home: CityHome, deliveries: list[Delivery]) -> pl.DataFrame:
    """The rejects of ``deliveries`` with ``state`` (open or closed), ``closed_by`` and ``closed_how``."""
    rejects = read_rejects(home.lake, deliveries)
    return rejects.join(
        closings(home), on=["delivery_id", "source_row"], how="left", nulls_equal=True, maintain_order="left"
    ).with_columns(
        pl.when(pl.col("closed_by").is_null()).then(pl.lit("open")).otherwise(pl.lit("closed")).alias("state")
    )


def closed_counts(home: CityHome) -> dict[str, int]:
    """How many of each delivery's rejected rows (or, for a refused one, how many files) are closed."""
    counted = closings(home).group_by("delivery_id").len()
    return {str(name): int(count) for name, count in counted.iter_rows()}


def _of_source(home: CityHome, mine: list[Delivery]) -> pl.DataFrame:
    contract = DELIVERED[mine[0].contract]
    rejects = read_rejects(home.lake, mine).select("delivery_id", "source_row", "row_key").unique()
    if rejects.is_empty():
        return pl.DataFrame(schema=CLOSING_SCHEMA)
    deliveries = pl.DataFrame(
        [(d.delivery_id, d.file, d.state == "accepted", d.extracted_at, d.received_at) for d in mine],
        schema={
            "delivery_id": pl.String,
            "file": pl.String,
            "is_used": pl.Boolean,
            "extracted_at": pl.Datetime("us"),
            "received_at": pl.Datetime("us"),
        },
        orient="row",
    )
    files = [lake_files.accepted_file(home.lake, contract, d.delivery_id) for d in mine if d.state == "accepted"]
    files = [path for path in files if path.is_file()]
    with open_db(":memory:") as db:
        db.register("rejects", rejects.to_arrow())
        db.register("deliveries", deliveries.to_arrow())
        if files:
            db.execute(
                f"create table keys as select distinct delivery_id, {row_key_sql(contract)} as row_key "
                f"from read_parquet([{', '.join(map(quoted, files))}], union_by_name = true)",
                {"secret": reporter_key(home).hex()},
            )
        else:
            db.execute("create table keys (delivery_id varchar, row_key varchar)")
        return db.sql(_CLOSED).pl().cast(dict(CLOSING_SCHEMA))


# For each reject the first later delivery that settles it; an accepted row counts before a row rejected again.
_CLOSED = """
with pairs as (
    select a.delivery_id as before_id, b.delivery_id as after_id, b.is_used,
        a.file = b.file or starts_with(b.file, a.file || '/') as is_same_file,  -- or a member of the archive
        coalesce(b.extracted_at, b.received_at) as after_at, b.received_at as after_received
    from deliveries as a
    inner join deliveries as b
        on a.delivery_id <> b.delivery_id
            and case
                when a.extracted_at < b.extracted_at then true
                when a.extracted_at > b.extracted_at then false
                else b.received_at > a.received_at
            end
),

sizes as (select delivery_id, count(*) as row_count from keys group by delivery_id),

-- every row that the delivery had accepted is among those of the later one: the same rows came again
covered as (
    select p.before_id, p.after_id
    from pairs as p
    inner join sizes as s on p.before_id = s.delivery_id
    inner join sizes as t on p.after_id = t.delivery_id and t.row_count >= s.row_count
    inner join keys as k on p.before_id = k.delivery_id
    left join keys as l on p.after_id = l.delivery_id and k.row_key = l.row_key
    where p.before_id in (select delivery_id from rejects where row_key is null)
    group by p.before_id, p.after_id
    having count(*) = count(l.row_key)
),

found as (
    select r.delivery_id, r.source_row, p.after_id, p.after_at, p.after_received, 1 as choice, 'row_accepted' as how
    from rejects as r
    inner join keys as k on r.row_key = k.row_key
    inner join pairs as p on r.delivery_id = p.before_id and k.delivery_id = p.after_id
    union all
    select r.delivery_id, r.source_row, p.after_id, p.after_at, p.after_received, 2, 'row_rejected_again'
    from rejects as r
    inner join rejects as k on r.row_key = k.row_key
    inner join pairs as p on r.delivery_id = p.before_id and k.delivery_id = p.after_id
    union all
    select r.delivery_id, r.source_row, p.after_id, p.after_at, p.after_received, 3, 'file_again'
    from rejects as r
    inner join pairs as p on r.delivery_id = p.before_id
    where r.row_key is null and p.is_used
        and (p.is_same_file or exists (
            select 1 from covered as c where c.before_id = p.before_id and c.after_id = p.after_id))
),

ranked as (
    select *, row_number() over (
        partition by delivery_id, source_row order by choice, after_at, after_received, after_id) as nth
    from found
)

select delivery_id, source_row, after_id as closed_by, how as closed_how from ranked where nth = 1
"""
