"""Hotline work orders and digital urban management cases."""

from pipelines.contracts.base import (
    Contract,
    Personal,
    boolean,
    choice,
    code,
    count,
    number,
    text,
    timestamp,
)

CONTRACT = Contract(
    name="cases",
    zh="案件（工单）",
    en="Cases",
    grain="One row per case as a source last described it in one delivery",
    key=("case_id",),
    columns=(
        text("case_id", "案件编号", "Case number", required=True),
        choice("channel", "渠道", "Channel", "hotline", "grid", required=True),
        text(
            "intake",
            "受理方式",
            "Intake (phone, web, app, patrol, video)",
            example="电话",
            personal=Personal.MASKED_TEXT,
        ),
        text(
            "case_class", "案件类别", "Case class (event or component)", example="事件", personal=Personal.MASKED_TEXT
        ),
        code("object_code", "部件编码", "Object code", example="010101"),
        code("category_code", "大类", "Category", refers_to="categories"),
        code("subcategory_code", "小类", "Sub-category", example="0103"),
        code("area_code", "所在区域", "Area", refers_to="units"),
        code("grid_code", "单元网格", "Basic grid", example="370202001001"),
        code("unit_code", "责任单位", "Responsible unit", refers_to="units"),
        timestamp("reported_at", "上报时间", "Reported at", required=True),
        timestamp("accepted_at", "受理时间", "Accepted at"),
        timestamp("registered_at", "立案时间", "Registered at"),
        timestamp("dispatched_at", "派遣时间", "Dispatched at"),
        timestamp("due_at", "处置时限", "Deadline as given by the source"),
        timestamp("contacted_at", "联系时间", "Contacted the reporter at"),
        timestamp("handled_at", "处置时间", "Handled at"),
        timestamp("verified_at", "核查时间", "Re-inspected at"),
        timestamp("closed_at", "结案时间", "Closed at"),
        timestamp("cancelled_at", "作废时间", "Cancelled at"),
        text("status", "状态", "Status", example="已结案", personal=Personal.MASKED_TEXT),
        count("rework_count", "返工次数", "Times sent back for rework", unit="次 times"),
        count("return_count", "回退次数", "Times returned by the unit", unit="次 times"),
        count("extension_count", "延期次数", "Extensions granted", unit="次 times"),
        boolean("is_supervised", "是否督办", "Supervised"),
        boolean("is_urgent", "是否紧急", "Urgent"),
        boolean("is_proactive", "是否主动发现", "Found by the city itself"),
        boolean("is_valid", "是否有效", "Valid"),
        boolean("is_missed_report", "是否漏报", "Missed by the collector"),
        text("source_level", "来源层级", "Level that sent it", example="市级", personal=Personal.MASKED_TEXT),
        choice("disposal_means", "处置方式", "Means of disposal", "service", "management", "enforcement"),
        code("collector_code", "监督员", "Collector", example="J012"),
        code("acceptor_code", "受理员", "Acceptor", example="S03"),
        code("shift_leader_code", "值班长", "Shift leader", example="Z01"),
        code("dispatcher_code", "派遣员", "Dispatcher", example="P02"),
        text("duplicate_of", "重复于", "Duplicate of this case", example="20261001000007"),
        text(
            "satisfaction", "满意度（原始）", "Satisfaction as answered", example="满意", personal=Personal.MASKED_TEXT
        ),
        text(
            "is_resolved", "是否解决（原始）", "Resolved as answered", example="已解决", personal=Personal.MASKED_TEXT
        ),
        text("reporter_key", "诉求人标识", "Reporter, keyed hash", example="R000123", personal=Personal.KEYED_HASH),
        number("longitude", "经度", "Longitude", unit="度 degrees", minimum=-180, maximum=180),
        number("latitude", "纬度", "Latitude", unit="度 degrees", minimum=-90, maximum=90),
        text("summary", "内容摘要", "Summary, masked", example="路灯不亮", personal=Personal.MASKED_TEXT),
    ),
)
