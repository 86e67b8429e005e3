"""The hand-worked month as a workbook with live formulas: `python -m tests.golden.hand_worked.make_workbook`.

The cases are in cases.csv, written by hand. Everything else in the workbook is a formula that a person can follow with
a calculator; LibreOffice works them out, nothing of cityeval does.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

FOLDER = Path(__file__).parent
CASES, WORKBOOK = FOLDER / "cases.csv", FOLDER / "hand_worked_month.xlsx"
STREETS = (
    ("D1S01", "澄心街道", "core"), ("D1S02", "湖滨里街道", "core"), ("D1S03", "钟楼坊街道", "core"),
    ("D1S04", "金穗街道", "core"), ("D1S07", "柳堤街道", "outer"), ("D1S08", "荷风街道", "outer"),
)  # fmt: skip
NOTES = (
    "演示市 2026 年 4 月街道月度考评手算表（合成数据）",
    "Demo City, April 2026: the monthly evaluation of streets, worked by hand (synthetic data)",
    "办法：cities/demo/schemes/streets_monthly.yaml。统计时点 2026-10-31 23:59:59。",
    "The scheme is that file; what is known is known as of 31 October 2026, 23:59:59.",
    "案件：结算时间取结案与时限较早者，落在 4 月的计入应结案；未结且时限已过的也计入。",
    "A case is due to close in the month that holds the earlier of its closing and its deadline.",
    "重复、作废、无效的案件不计；无时限的不计入应结案。处置时间空白为不明，不算按期。",
    "Duplicates, cancelled and invalid cases are left out; an unknown handling time is not on time.",
    "满意率按结案月份计，少于 10 件评价的，该项 20 分分摊到其他项。",
    "Satisfaction goes by the month of closing; below ten answers its 20 marks are shared out.",
    "得分表每一步都是公式，用计算器可逐格核对。",
    "Every step of the sheet of scores is a formula, to be checked with a calculator.",
)
CASE_HEADINGS = (
    "案件 case", "渠道 channel", "街道 street", "时限 due", "处置 handled", "结案 closed", "返工 rework",
    "满意度 answer", "剔除 left out", "结算 settled", "应结案 due to close", "结案数 closed", "按期 on time",
    "返工次数 reworked", "第三次起 from the third", "评价 evaluated", "满意 satisfied",
)  # fmt: skip
SCORE_HEADINGS = (
    "街道 street", "名称 name", "分组 group", "应结案 due", "结案 closed", "按期 on time", "返工 reworked",
    "第三次起 dearer", "评价 evaluated", "满意 satisfied", "按期率 rate", "按期得分 /40", "结案率 rate",
    "结案得分 /25", "满意率 rate", "满意得分 /20", "返工得分 /15", "计分满分 scored", "总分 score", "名次 rank",
    "组内单位 group size", "等次 grade", "奖惩（元）yuan",
)  # fmt: skip
HEAD = {"font": Font(bold=True, color="FFFFFF"), "fill": PatternFill("solid", fgColor="1F4E79")}


def moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def make(path: Path) -> None:
    """Write the workbook, its formulas not worked out yet, to ``path``."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = "说明"
    for note in NOTES:
        page.append([note])
    page.column_dimensions["A"].width = 100
    page["A14"], page["B14"] = "考核期起 from", datetime(2026, 4, 1)
    page["A15"], page["B15"] = "考核期止（不含）before", datetime(2026, 5, 1)
    page["A16"], page["B16"] = "统计时点 as of", datetime(2026, 10, 31, 23, 59, 59)
    page.column_dimensions["B"].width = 20
    with CASES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    _cases(book.create_sheet("案件"), rows)
    _scores(book.create_sheet("得分"), len(rows) + 1)
    book.save(path)


def _cases(page: Worksheet, rows: list[dict[str, str]]) -> None:
    _heading(page, CASE_HEADINGS)
    for at, row in enumerate(rows, 2):
        why = "重复" if row["重复于"] else "作废" if row["作废时间"] else "无效" if row["是否有效"] == "否" else None
        given: list[Any] = [row["案件编号"], row["渠道"], row["街道"], moment(row["时限"]), moment(row["处置时间"])]
        given += [moment(row["结案时间"]), int(row["返工次数"]), row["满意度"] or None, why]
        inside = "AND({0}>=说明!$B$14,{0}<说明!$B$15)"
        page.append(
            [
                *given,
                f'=IF(OR(I{at}<>"",D{at}=""),"",IF(F{at}<>"",MIN(F{at},D{at}),IF(D{at}<说明!$B$16,D{at},"")))',
                f'=IF(J{at}="",0,IF({inside.format(f"J{at}")},1,0))',
                f'=IF(AND(K{at}=1,F{at}<>""),1,0)',
                f'=IF(AND(L{at}=1,E{at}<>"",E{at}<=D{at}),1,0)',
                f"=K{at}*G{at}",
                f"=K{at}*MAX(G{at}-2,0)",
                f'=IF(AND(I{at}="",F{at}<>"",{inside.format(f"F{at}")},H{at}<>"",H{at}<>"未评价",B{at}="hotline"),1,0)',
                f'=IF(AND(P{at}=1,OR(H{at}="满意",H{at}="基本满意",H{at}="非常满意")),1,0)',
            ]
        )
    for column in "DEFJ":
        for cell in page[column][1:]:
            cell.number_format = "yyyy-mm-dd hh:mm:ss"
        page.column_dimensions[column].width = 20


def _scores(page: Worksheet, last: int) -> None:
    _heading(page, SCORE_HEADINGS)
    for at, street in enumerate(STREETS, 2):

        def count(column: str, at: int = at) -> str:
            return f"=SUMIFS(案件!${column}$2:${column}${last},案件!$C$2:$C${last},$A{at})"

        peers = f"$C$2:$C${len(STREETS) + 1},C{at}"
        totals = f"$S$2:$S${len(STREETS) + 1}"
        page.append(
            [
                *street,
                *(count(column) for column in "KLMNOPQ"),
                f"=ROUND(F{at}/D{at},4)",
                f"=ROUND(MAX(0,MIN(40,40-(0.95-K{at})/0.01*1)),2)",
                f"=ROUND(E{at}/D{at},4)",
                f"=ROUND(M{at}*25,2)",
                f'=IF(I{at}<10,"",ROUND(J{at}/I{at},4))',
                f'=IF(O{at}="","分摊",ROUND(MAX(10,MIN(20,20-(0.95-O{at})/0.01*0.5)),2))',
                f"=ROUND(MAX(0,15-G{at}*0.2-H{at}*0.3),2)",
                f'=IF(O{at}="",80,100)',
                f"=ROUND(SUM(L{at},N{at},P{at},Q{at})*100/R{at},2)",
                f'=COUNTIFS({peers},{totals},">"&S{at})+1',
                f"=COUNTIFS({peers})",
                f'=IF(S{at}>=90,"优秀",IF(S{at}>=80,"良好",IF(S{at}>=60,"合格","不合格")))',
                _award(at, f'COUNTIFS({peers},{totals},"<"&S{at})=0'),
            ]
        )


def _award(at: int, is_last: str) -> str:
    core = f"IF(T{at}=1,30000,IF(T{at}=2,20000,IF(T{at}=3,10000,IF({is_last},-10000,0))))"
    outer = f"IF(T{at}=1,15000,IF({is_last},-5000,0))"
    return f'=IF(C{at}="core",{core},{outer})'


def _heading(page: Worksheet, headings: tuple[str, ...]) -> None:
    page.append(list(headings))
    for cell in page[1]:
        cell.font, cell.fill = HEAD["font"], HEAD["fill"]
        cell.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
        page.column_dimensions[cell.column_letter].width = 12
    page.row_dimensions[1].height = 32
    page.freeze_panes = "B2"


def work_out(source: Path, target: Path) -> None:
    """Let LibreOffice work out the formulas of ``source`` and keep the result as ``target``."""
    with tempfile.TemporaryDirectory() as scratch:
        profile = f"-env:UserInstallation=file://{scratch}/profile"
        call = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", f"{scratch}/out", str(source)]
        subprocess.run(call, check=True, capture_output=True, timeout=120)
        shutil.copyfile(f"{scratch}/out/{source.name}", target)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / WORKBOOK.name
        make(plain)
        work_out(plain, WORKBOOK)
