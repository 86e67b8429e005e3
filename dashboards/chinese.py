"""Chinese where Superset's own translation is missing or wrong."""

from __future__ import annotations

from typing import Any

CORRECTED = {
    "Sign in": "登录",
    "Username:": "用户名：",
    "Password:": "密码：",
    "Enter your login and password below:": "请输入用户名和密码",
    "Subtotal": "小计",
    "%s record": "%s 条记录",
    "Show %s entries": "每页 %s 条",
    "Drill to detail": "查看明细",
    "Drill by": "下钻维度",
    "Filters and controls": "筛选条件",
    "Filters out of scope (%d)": "本页不用的筛选（%d）",
    "Apply filters": "应用筛选",
    "Search %s records": "在 %s 条记录中查找",
    "More Options": "更多",
    "entries": "条",
    "entries per page": "条",
    "Users": "用户",
    "No results were returned for this query": "没有这样的记录",
    "There is currently no information to display.": "所选月份和范围内没有数据",
}
_MONTHS = [f"{month}月" for month in range(1, 13)]
_DAYS = ["日", "一", "二", "三", "四", "五", "六"]
CHINESE_TIME = {
    "dateTime": "%Y-%m-%d %H:%M:%S",
    "date": "%Y-%m-%d",
    "time": "%H:%M:%S",
    "periods": ["上午", "下午"],
    "days": [f"周{day}" for day in _DAYS],
    "shortDays": _DAYS,
    "months": _MONTHS,
    "shortMonths": _MONTHS,
}


def correct_pack() -> Any:
    """Superset's Chinese language pack with the corrections above."""
    from superset.translations.utils import get_language_pack  # noqa: PLC0415 needs a running app

    pack = get_language_pack("zh")
    pack["locale_data"]["superset"].update({english: [chinese] for english, chinese in CORRECTED.items()})
    return pack
