"""The published list of reasons for which rows and files are rejected, in words, and what Frictionless calls them.

docs/guide/door.md shows the list; `python -m pipelines.ingest.reasons` prints that table.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.ingest.rejects import REMEDIES


@dataclass(frozen=True)
class Words:
    """``of``: what is at fault: a cell, a row, the header or the whole file. ``frictionless``: its type of error."""

    of: str
    zh: str
    en: str
    frictionless: str


WORDS: dict[str, Words] = {
    "type-error": Words("cell", "无法识别的值", "cannot be read as what the column holds", "type-error"),
    "missing-value": Words("cell", "必填项空白", "blank where a value must be given", "constraint-error (required)"),
    "constraint-error": Words("cell", "超出允许范围", "outside what is allowed", "constraint-error"),
    "unknown-value": Words("cell", "未对照的值", "not named by the source's map", "constraint-error (enum)"),
    "foreign-key-error": Words("cell", "编码不存在", "a code that nobody knows", "foreign-key"),
    "broken-row": Words(
        "row",
        "行字段数不符",
        "another number of fields than the header, or no record at all",
        "extra-cell, missing-cell, row-error",
    ),
    "nul-byte": Words("cell", "含 NUL 字符", "holds a NUL character, which is no text", "forbidden-value"),
    "same-person": Words(
        "cell", "申请人与裁定人相同", "who asked is who decided; nobody decides on their own request", "row-constraint"
    ),
    "cut-id": Words("cell", "编号被截断", "an id that a spreadsheet has turned into 1.23E+17", "truncated-value"),
    "missing-label": Words("header", "缺少列", "a column is missing", "missing-label"),
    "extra-label": Words("header", "多出列", "a column that nobody knows", "extra-label"),
    "duplicate-label": Words("header", "列名重复", "a column stands there twice", "duplicate-label"),
    "missing-file": Words("file", "缺少同批文件", "the second file of the delivery is missing", "source-error"),
    "undated-file": Words("file", "文件名无日期", "the file's name tells no day", "source-error"),
    "unique-error": Words("file", "键值重复", "one key twice in the second file", "unique-error"),
    "empty-file": Words("file", "空文件", "there is nothing in it", "source-error"),
    "unreadable-file": Words("file", "文件无法读取", "damaged or cut off", "format-error, compression-error"),
    "wrong-encoding": Words("row, file", "编码不符", "not in the encoding that the source names", "encoding-error"),
    "broken-quotes": Words("row, file", "引号不成对", "quotation marks do not come in pairs", "format-error"),
    "too-large": Words("file", "超过上限", "larger than the limits allow", "file-error"),
    "bad-archive": Words("file", "压缩包不合规", "encrypted, nested or unsafe archive", "compression-error"),
    "missing-sheet": Words("file", "缺少工作表", "the workbook has no such sheet", "source-error"),
    "extra-sheet": Words(
        "file", "多张工作表", "more sheets of the same columns, which would not be read", "source-error"
    ),
    "failed-check": Words("file", "批次检查未通过", "a check of the whole delivery failed", "check-error"),
}


def words(reason: str) -> Words:
    """The words for a reason; one that has none is shown as it is."""
    return WORDS.get(reason, Words("file", reason, reason, ""))


def table() -> str:
    """The list as a Markdown table."""
    lines = [
        "| reason | of a | in words | 中文 | what to do | 如何处理 | Frictionless |",
        "|---|---|---|---|---|---|---|",
    ]
    for reason in sorted(REMEDIES, key=lambda name: list(WORDS).index(name) if name in WORDS else len(WORDS)):
        told, (zh, en) = words(reason), REMEDIES[reason]
        cells = (f"`{reason}`", told.of, told.en, told.zh, en, zh, told.frictionless)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
