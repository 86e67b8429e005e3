"""The rows and deliveries that were not taken in: why, and what to do."""

from __future__ import annotations

import polars as pl

from pipelines.contracts import Contract, Personal
from pipelines.ingest.masks import HIDDEN, mask
from pipelines.ingest.refusal import Refusal

VALUE_LENGTH = 200

REJECT_SCHEMA = pl.Schema(
    {
        "delivery_id": pl.String,
        "source": pl.String,
        "contract": pl.String,
        "source_file": pl.String,
        "source_row": pl.Int64,
        "reason": pl.String,
        "column_name": pl.String,
        "value": pl.String,
        "remedy_zh": pl.String,
        "remedy_en": pl.String,
        "row_key": pl.String,  # keyed hash of the row's contract key; null where the key cannot be read
    }
)
FAULT_SCHEMA = pl.Schema({"source_row": pl.Int64, "reason": pl.String, "column_name": pl.String, "value": pl.String})

# reason → (what to do in Chinese, in English)
REMEDIES: dict[str, tuple[str, str]] = {
    "type-error": (
        "更正该单元格，或在数据源的 formats/map 中补充其写法",
        "correct the cell, or add its form to formats or map",
    ),
    "missing-value": ("补填该必填项", "fill the cell; this column must be given"),
    "constraint-error": ("改为允许范围内的值", "use a value inside the allowed range or list"),
    "unknown-value": ("更正该值，或在数据源的 map 中补充", "correct the value, or add it to the source's map"),
    "foreign-key-error": (
        "更正编码，或将其加入城市的基础表（单位、分类、地点）",
        "correct the code, or add it to the city's reference table (units, categories, places)",
    ),
    "broken-row": (
        "该行字段数与表头不符（JSON：不是一条记录），请检查分隔符、引号和括号",
        "the row has another number of fields than the header, or is no JSON record: check its delimiters, quotation "
        "marks and brackets",
    ),
    "nul-byte": (
        "删除单元格中的 NUL 字符后重新导出",
        "export the cell again without its NUL characters, which no text holds",
    ),
    "cut-id": (
        "该编号被电子表格改成科学计数法，末位已丢失：请将该列设为文本格式后从业务系统重新导出",
        "a spreadsheet has turned the id into a number and cut its last digits: export it again, the column as text",
    ),
    "same-person": (
        "申请人不得裁定自己的申请：请由另一岗位裁定后重新报送",
        "who asks cannot decide: have another post decide, and deliver the row again",
    ),
    "failed-check": (
        "批次检查未通过，请查看检查结果后重新交付",
        "see the delivery's checks, correct it, deliver again",
    ),
    "missing-label": ("补上该列，或修改数据源的列名", "add the column, or correct its name in the source"),
    "extra-label": ("在数据源中映射该列，或列入 ignore", "map the column in the source, or list it under ignore"),
    "duplicate-label": ("每个列名只保留一个", "keep one column of that name"),
    "missing-file": (
        "补交与该文件同批的第二个文件，或更正数据源 joins 的 file",
        "deliver the second file beside this one, or correct file under joins in the source",
    ),
    "undated-file": (
        "文件名应含日期，或更正数据源的 dated_by",
        "give the file a name that tells its day, or correct dated_by in the source",
    ),
    "unique-error": (
        "第二个文件中同一键值只保留一行",
        "keep one row per key in the second file",
    ),
    "empty-file": ("重新导出该文件", "export the file again; it is empty"),
    "unreadable-file": (
        "文件损坏或不完整，请重新导出或传输",
        "the file is damaged or cut off: export or send it again",
    ),
    "wrong-encoding": ("在数据源的 csv.encoding 中写明文件编码", "name the file's encoding under csv.encoding"),
    "broken-quotes": ("检查引号是否成对", "check that quotation marks come in pairs, or set csv.quote"),
    "too-large": (
        "拆分后重新交付，或在数据源中调高上限（archive）",
        "deliver it in parts, or raise the limits under archive in the source",
    ),
    "bad-archive": (
        "重新打包：不加密、不嵌套压缩包、文件名为普通相对路径",
        "pack the plain files again: no password, no archive inside, plain relative names",
    ),
    "extra-sheet": (
        "每个文件只保留一张同样列名的工作表（其余另存为单独文件），或在数据源的 xlsx.sheet 中写明工作表名称",
        "keep one sheet of these columns per file and save the others as files of their own, or name the sheet under "
        "xlsx.sheet in the source",
    ),
    "missing-sheet": ("更正工作表名称（xlsx.sheet）", "correct the sheet's name under xlsx.sheet"),
}


def empty_rejects() -> pl.DataFrame:
    return pl.DataFrame(schema=REJECT_SCHEMA)


def as_rejects(
    faults: pl.DataFrame,
    contract: Contract,
    *,
    delivery_id: str,
    source: str,
    source_file: str,
    keys: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Faults (``FAULT_SCHEMA``, one row each) as rows of the lake's rejected file; ``keys``: see ``row_keys``.

    Values of personal columns are hidden; all others pass the masks too, since a shifted row may carry a
    telephone number anywhere.
    """
    hidden = [column.name for column in contract.columns if column.personal is Personal.KEYED_HASH]
    remedy = {reason: index for index, reason in enumerate(REMEDIES)}
    index = pl.col("reason").replace_strict(remedy, return_dtype=pl.Int64)
    texts = list(REMEDIES.values())
    if keys is None:
        keys = pl.DataFrame(schema={"source_row": pl.Int64, "row_key": pl.String})
    return faults.join(keys, on="source_row", how="left", maintain_order="left").select(
        pl.lit(delivery_id).alias("delivery_id"),
        pl.lit(source).alias("source"),
        pl.lit(contract.name).alias("contract"),
        pl.lit(source_file).alias("source_file"),
        "source_row",
        "reason",
        "column_name",
        pl.when(pl.col("column_name").is_in(hidden) & pl.col("value").is_not_null())
        .then(pl.lit(HIDDEN))
        .otherwise(mask(pl.col("value")).str.slice(0, VALUE_LENGTH))
        .alias("value"),
        index.replace_strict(range(len(texts)), [zh for zh, _ in texts], return_dtype=pl.String).alias("remedy_zh"),
        index.replace_strict(range(len(texts)), [en for _, en in texts], return_dtype=pl.String).alias("remedy_en"),
        "row_key",
    )


def refusal_rejects(
    refusal: Refusal, contract: Contract, *, delivery_id: str, source: str, source_file: str, header_row: int
) -> pl.DataFrame:
    """The rejected rows that tell why a whole delivery was refused: one per header at fault, else one."""
    where = {"delivery_id": delivery_id, "source": source, "contract": contract.name, "source_file": source_file}
    if not refusal.headers:
        zh, en = REMEDIES[refusal.reason]
        row = {
            **where,
            "source_row": None,
            "reason": refusal.reason,
            "column_name": None,
            "value": refusal.detail,
            "remedy_zh": zh,
            "remedy_en": en,
            "row_key": None,
        }
        return pl.DataFrame([row], schema=REJECT_SCHEMA).with_columns(mask(pl.col("value")).str.slice(0, VALUE_LENGTH))
    rows = []
    for fault in refusal.headers:
        zh, en = REMEDIES[fault.reason]
        if fault.nearest:
            zh, en = f"{zh}；最接近的列名是“{fault.nearest}”", f"{en}; the nearest name is {fault.nearest!r}"
        rows.append(
            {
                **where,
                "source_row": header_row,
                "reason": fault.reason,
                "column_name": fault.label,
                "value": None,
                "remedy_zh": zh,
                "remedy_en": en,
                "row_key": None,
            }
        )
    # Where the header is missing, a row of data stands in its place.
    return pl.DataFrame(rows, schema=REJECT_SCHEMA).with_columns(mask(pl.col("column_name", "remedy_zh", "remedy_en")))
