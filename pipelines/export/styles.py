"""Cell formats of the workbook, each made once."""

from __future__ import annotations

from typing import Any

FONT = "微软雅黑"  # on the machines of the readers; others fall back to their own Chinese face
ALARM = "#C00000"
RISE = "#2E7D32"
LINE = "#D0D0D0"


class Styles:
    """A cache of formats: xlsxwriter writes every one it was asked for, and a table asks for few."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[Any, ...], Any] = {}

    def get(
        self,
        *,
        size: int = 10,
        bold: bool = False,
        color: str = "",
        fill: str = "",
        number: str = "",
        align: str = "",
        wrap: bool = False,
        border: bool = True,
        thick: bool = False,
        top: bool = False,
        quoted: bool = False,
    ) -> Any:
        """The format with these looks; colours as #RRGGBB, ``number`` an Excel number format."""
        key = (size, bold, color, fill, number, align, wrap, border, thick, top, quoted)
        if key not in self._made:
            looks: dict[str, Any] = {"font_name": FONT, "font_size": size, "bold": bold, "text_wrap": wrap}
            looks["valign"] = "top" if top else "vcenter"
            looks |= {"font_color": color} if color else {}
            looks |= {"bg_color": fill} if fill else {}
            looks |= {"num_format": number} if number else {}
            looks |= {"align": align} if align else {"align": "left"}
            looks |= {"indent": 1} if border and align != "center" else {}
            looks |= {"quote_prefix": True} if quoted else {}
            if border:
                looks |= {"border": 1, "border_color": LINE}
            if border and thick:
                looks |= {"top": 2, "top_color": "#1F4E79"}
            self._made[key] = self._book.add_format(looks)
        return self._made[key]
