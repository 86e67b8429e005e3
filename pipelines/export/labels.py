"""Chinese and English words for the codes that people read in exports; a code without words is shown as it is."""

from __future__ import annotations

import polars as pl

from pipelines.city.models import Label


def _label(zh: str, en: str) -> Label:
    return Label(zh=zh, en=en)


PROVISIONAL = "暂定：时限按未公布的日历推算"
STAGES = {
    "accept": "受理",
    "verify": "核实",
    "register": "立案",
    "dispatch": "派遣",
    "sign": "签收",
    "contact": "联系",
    "handle": "处置",
    "reinspect": "核查",
    "close": "结案",
    "log": "流转记录",
    "case": "整件",
}
CHANNELS = {"hotline": "热线", "grid": "数字城管", "all": "全部"}
UNIT_KINDS = {
    "city": "全市",
    "district": "区县",
    "street": "街道",
    "department": "部门",
    "agency": "部门",
    "squad": "中队",
    "contractor": "承包单位",
    "post": "岗位",
    "area": "区域",
    "borough": "行政区",
    "section": "作业段",
    "unallocated": "未分派",
}
PERIOD_TYPES = {
    "day": _label("日", "day"),
    "week": _label("周", "week"),
    "month": _label("月", "month"),
    "quarter": _label("季度", "quarter"),
    "half_year": _label("半年", "half-year"),
    "year": _label("年", "year"),
}
DIRECTIONS = {"up": "越高越好", "down": "越低越好"}
TIME_FILTERS = {
    "reported_at": "按上报时间",
    "registered_at": "按立案时间",
    "settled_at": "按结案与时限较早者",
    "closed_at": "按结案时间",
    "operated_on": "按作业日期",
    "scored_on": "按检查评分所属考核期",
    "inspected_at": "按检查时间",
    "rectify_due_at": "按整改时限",
    "published_on": "按发布日期",
    "answered_on": "按作答日期",
    "recorded_at": "按定位时间",
    "planned_on": "按计划日期",
}
ITEM_STATES = {"scored": "已评分", "shared_out": "分值分摊", "not_ranked": "不评分"}
AWARDS = {"award": "名次奖惩", "funds": "经费调剂"}
ADJUSTMENTS = {"exclude_case": "剔除案件", "exclude_finding": "剔除问题", "bonus": "加分", "penalty": "扣分"}
SETTLEMENTS = {"payment": "服务费", "bond": "保证金"}
BONDS = {"unit": "单位保证金", "personal": "个人保证金"}
PEER_GROUPS = {"all": "全体", "none": "未分组"}
DELIVERY_STATES = {"accepted": "已接收", "refused": "已拒收", "stopped": "已拦停"}
REJECT_REASONS = {
    "type-error": "无法识别的值",
    "missing-value": "必填项空白",
    "constraint-error": "超出允许范围",
    "unknown-value": "未对照的值",
    "foreign-key-error": "编码不存在",
    "broken-row": "行字段数不符",
    "same-person": "申请人与裁定人相同",
    "failed-check": "批次检查未通过",
    "missing-label": "缺少列",
    "extra-label": "多出列",
    "duplicate-label": "列名重复",
    "empty-file": "空文件",
    "unreadable-file": "文件无法读取",
    "wrong-encoding": "文件编码不符",
    "broken-quotes": "引号不成对",
    "missing-sheet": "缺少工作表",
    "extra-sheet": "多张工作表",
    "missing-file": "缺少同批文件",
    "undated-file": "文件名无日期",
    "unique-error": "键值重复",
}
SYNTHETIC = _label("合成数据，仅供演示，不是真实考核结果", "SYNTHETIC DATA for demonstration: not a real evaluation")


def said(column: str, words: dict[str, str]) -> pl.Expr:
    """``column`` with its codes replaced by words; a code without words stays."""
    return pl.col(column).cast(pl.String).replace(words)


def publication_state(state: str, *, is_complete: bool, version: int) -> Label:
    """How far the figures of a period are settled, in words."""
    if state == "final":
        return _label(f"定稿，第 {version} 版", f"final, version {version}")
    if state == "draft":
        return _label(f"草稿，第 {version} 版，待批准", f"draft, version {version}, not approved yet")
    if is_complete:
        return _label("草稿，尚未发布", "draft, not published yet")
    return _label("暂定，考核期未结束，数字会变", "provisional: the period has not ended, figures will change")


def reason_in_words(reason: str) -> str:
    """A reason for rejecting a row: Chinese words before the code that the ledger holds."""
    return f"{REJECT_REASONS[reason]} {reason}" if reason in REJECT_REASONS else reason
