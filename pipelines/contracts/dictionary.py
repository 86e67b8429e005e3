"""The data dictionary, derived from the contracts: `python -m pipelines.contracts.dictionary` rewrites it."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.contracts import DELIVERED, REFERENCE, Column, Contract, Personal
from pipelines.contracts.base import PROVENANCE
from pipelines.contracts.schemas import SQL_TYPES
from pipelines.contracts.words import allowed_words, example_of, type_words
from pipelines.settings import REPO

FILE = REPO / "docs" / "reference" / "data-dictionary.md"
HEAD = """# Data dictionary · 数据字典

Derived from `pipelines/contracts`; rewrite with `python -m pipelines.contracts.dictionary`. 由数据约定生成，请勿手改。

A column marked ● must be given (必填). Times are local times of the city, without zone. Personal data: `keyed_hash` is
replaced by a keyed hash at the door; in `masked_text` telephone, identity, plate and door numbers, names and e-mails
are masked (个人信息：入库时替换为带密钥的摘要，或在文本中遮蔽).
"""
TITLES = (
    "column 字段",
    "● ",
    "中文",
    "English",
    "type 类型",
    "in SQL",
    "unit 单位",
    "allowed 允许值",
    "personal 个人信息",
    "example 示例",
)


def dictionary() -> str:
    """The whole document: delivered records, the provenance that each of them carries, reference tables."""
    parts = [HEAD, "## Delivered records · 交付的数据\n", *map(chapter, DELIVERED.values())]
    parts.append("## Provenance · 来源字段\n\nEvery delivered record carries them, too. 每条交付记录另带：\n")
    parts.append(_table(PROVENANCE))
    parts += ["## Reference tables · 参考表\n", *map(chapter, REFERENCE.values())]
    return "\n".join(parts)


def chapter(contract: Contract) -> str:
    """One contract: its grain, key and columns."""
    key = ", ".join(f"`{name}`" for name in contract.key)
    head = f"### {contract.name} · {contract.zh} · {contract.en}\n\n{contract.grain}. Key 主键: {key}.\n"
    return f"{head}\n{_table(contract.columns)}"


def _table(columns: Iterable[Column]) -> str:
    lines = [f"| {' | '.join(TITLES)} |", "|" + "---|" * len(TITLES)]
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in _cells(column))} |" for column in columns]
    return "\n".join(lines) + "\n"


def _cells(column: Column) -> tuple[str, ...]:
    personal = column.personal.value if isinstance(column.personal, Personal) else ""
    return (
        f"`{column.name}`",
        "●" if column.required else "",
        column.zh,
        column.en,
        type_words(column),
        SQL_TYPES[column.type],
        column.unit,
        allowed_words(column),
        personal,
        example_of(column),
    )


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(dictionary(), encoding="utf-8")
