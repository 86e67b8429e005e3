"""The workbook that goes back to whoever delivered: each rejected cell with file, row, column, value and remedy."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from pipelines.city import City
from pipelines.city.models import Source
from pipelines.contracts import DELIVERED
from pipelines.export.sheet import Cover, Fact, Field, Sheet
from pipelines.export.workbook import write_workbook
from pipelines.ingest.closings import rejects_with_state
from pipelines.ingest.ledger import Delivery
from pipelines.ingest.reasons import WORDS, words
from pipelines.settings import CityHome

MOST_ROWS = 1_000_000  # of one sheet
MOST_NAME = 31
STATES = {
    "": "未改正 open",
    "row_accepted": "已改正 closed: the row came in",
    "row_rejected_again": "已重报仍有误 closed: see the later reject",
    "file_again": "文件已重报 closed: the file came again",
}
FIELDS = (
    Field(key="file", zh="文件", en="File", width=44, kind="wrap"),
    Field(key="row", zh="行", en="Row", width=9, kind="whole"),
    Field(key="column", zh="列名", en="Column in the file", width=20, kind="wrap"),
    Field(key="field", zh="字段", en="Field", width=22, kind="wrap"),
    Field(key="value", zh="值（已脱敏）", en="Value, masked", width=28, kind="wrap"),
    Field(key="reason_shown", zh="原因", en="Reason", width=30, kind="wrap"),
    Field(key="remedy", zh="如何处理", en="What to do", width=56, kind="wrap"),
    Field(key="state_shown", zh="状态", en="State", width=24, kind="wrap"),
    Field(key="closed_by", zh="改正批次", en="Closed by", width=30, printed=False),
    Field(key="delivery_id", zh="交付批次号", en="Delivery", width=30, printed=False),
    Field(key="reason", zh="原因代码", en="Reason code", width=20, printed=False),
)
TOTALS = (
    Field(key="source", zh="数据源", en="Source", width=20),
    Field(key="file", zh="文件", en="File", width=46, kind="wrap"),
    Field(key="reason_shown", zh="原因", en="Reason", width=40, kind="wrap"),
    Field(key="open", zh="未改正", en="Open", width=11, kind="whole"),
    Field(key="closed", zh="已改正", en="Closed", width=11, kind="whole"),
    Field(key="delivery_id", zh="交付批次号", en="Delivery", width=34, printed=False),
)


def reject_table(city: City, home: CityHome, deliveries: list[Delivery]) -> pl.DataFrame:
    """Every fault of ``deliveries``, open or closed: source, delivery_id, file, row, column (as the file calls it),
    field (as the contract does), value, reason, remedy_zh, remedy_en, state, closed_by, closed_how.
    """
    frame = rejects_with_state(home, deliveries)
    names = pl.DataFrame(
        [
            (source.source, column, header, label)
            for source in city.sources.values()
            for column, header, label in _names(source)
        ],
        schema={"source": pl.String, "column_name": pl.String, "header": pl.String, "label": pl.String},
        orient="row",
    )
    return (
        frame.join(names, on=["source", "column_name"], how="left", maintain_order="left")
        .select(
            "source",
            "delivery_id",
            pl.col("source_file").alias("file"),
            pl.col("source_row").alias("row"),
            pl.coalesce("header", "column_name").alias("column"),
            pl.col("label").alias("field"),
            "value",
            "reason",
            "remedy_zh",
            "remedy_en",
            "state",
            "closed_by",
            "closed_how",
        )
        .sort("source", "file", "delivery_id", "row", maintain_order=True, nulls_last=False)
    )


def _names(source: Source) -> list[tuple[str, str, str]]:
    """(contract's column, header of the file, labels of the contract) for each column that the source fills."""
    contract = DELIVERED[source.contract]
    found = []
    for column in contract.lake_columns:
        specs = [spec for layout in source.layouts if (spec := layout.columns.get(column.name)) is not None]
        specs += [source.columns[column.name]] if column.name in source.columns else []
        headers = list(dict.fromkeys(name for spec in specs for name in spec.headers))
        if headers:
            found.append((column.name, " / ".join(headers), f"{column.zh} {column.en}"))
    return found


def write_reject_workbook(
    path: Path, city: City, table: pl.DataFrame, deliveries: list[Delivery], *, with_closed: bool
) -> Path:
    """Write ``table`` (see ``reject_table``) to ``path``: a sheet of totals, then one sheet per source.

    Closed rejects are left out unless ``with_closed``, then they are marked. The same lake gives the same bytes.
    """
    shown = table.with_columns(
        pl.col("reason").replace_strict(_REASONS, default=pl.col("reason")).alias("reason_shown"),
        pl.concat_str([pl.col("remedy_zh"), pl.col("remedy_en")], separator="\n", ignore_nulls=True).alias("remedy"),
        pl.col("closed_how").fill_null("").replace_strict(STATES, default="").alias("state_shown"),
        pl.when(pl.col("state") == "closed").then(pl.lit("muted")).otherwise(pl.lit("")).alias("tint"),
    )
    totals = shown.group_by("source", "file", "delivery_id", "reason_shown", maintain_order=True).agg(
        (pl.col("state") == "open").sum().cast(pl.Int64).alias("open"),
        (pl.col("state") == "closed").sum().cast(pl.Int64).alias("closed"),
    )
    rows = shown if with_closed else shown.filter(pl.col("state") == "open")
    sheets = [
        Sheet(
            name="汇总",
            name_en="Totals",
            note_zh="按文件和原因统计的差错数",
            note_en="Faults by file and reason",
            frame=totals,
            fields=TOTALS,
            group=("source",),
        )
    ]
    for name, part in rows.partition_by("source", as_dict=True, maintain_order=True).items():
        sheets += _sheets(city, str(name[0]), part, {sheet.name for sheet in sheets})
    created = max(delivery.received_at for delivery in deliveries).replace(microsecond=0)
    open_count, closed_count = int(totals["open"].sum()), int(totals["closed"].sum())
    cover = Cover(
        title_zh=f"{city.settings.title.zh} 退回数据",
        title_en=f"{city.settings.title.en}: rejected rows",
        synthetic=city.settings.synthetic,
        facts=(
            Fact(zh="未改正", en="Open", value=f"{open_count:,}", strong=open_count > 0),
            Fact(zh="已改正", en="Closed", value=f"{closed_count:,}"),
            Fact(zh="最近交付", en="Last delivery", value=f"{created:%Y-%m-%d %H:%M}"),
        ),
        notes=(
            ("请按“列名”和“行”在原文件中改正，重新交付整个文件或只交付改正的行。",
             "Correct the cell at its row and column in your file; deliver the whole file again, or the rows alone."),
            ("行号从表头为第 1 行算起；值已脱敏，不含个人信息。",
             "The header is row 1. Values are masked and hold no personal data."),
            ("改正的行到达后，对应的退回记录自动关闭。", "A reject is closed when its row comes in correctly."),
        ),
    )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_workbook(path, cover, sheets, created=created, footer=f"{city.settings.title.zh} · cityeval")


_REASONS = {reason: f"{words(reason).zh} {words(reason).en}" for reason in WORDS}


def _sheets(city: City, source: str, rows: pl.DataFrame, taken: set[str]) -> list[Sheet]:
    """One sheet for the rejects of a source, or several where they are too many for one."""
    described = city.sources.get(source)
    title = described.title.zh if described else source
    title_en = described.title.en if described else source
    made: list[Sheet] = []
    for start in range(0, rows.height, MOST_ROWS):
        name = _sheet_name(title, source, taken | {sheet.name for sheet in made})
        made.append(
            Sheet(
                name=name,
                name_en=title_en,
                note_zh="改正后重新交付",
                note_en="Correct and deliver again",
                frame=rows.slice(start, MOST_ROWS),
                fields=FIELDS,
                hold=2,
                group=("file",),
                tint="tint",
            )
        )
    return made


def _sheet_name(title: str, source: str, taken: set[str]) -> str:
    plain = re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:MOST_NAME] or source[:MOST_NAME]
    name, number = plain, 2
    while name.casefold() in {other.casefold() for other in (*taken, "说明", "history")}:
        name, number = f"{plain[: MOST_NAME - 4]} {number}", number + 1
    return name
