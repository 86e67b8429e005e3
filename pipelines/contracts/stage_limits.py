"""Reference: time limits by category and stage (a city's limits.csv)."""

from pipelines.contracts.base import Contract, choice, code, date, decimal

CONTRACT = Contract(
    name="stage_limits",
    zh="处置时限",
    en="Stage limits",
    grain="One row per channel, category, stage and time of validity",
    key=("channel", "category_code", "stage", "valid_from"),
    is_reference=True,
    columns=(
        choice("channel", "渠道", "Channel", "hotline", "grid", required=True),
        code("category_code", "大类", "Category", refers_to="categories", required=True),
        choice(
            "stage",
            "环节",
            "Stage",
            "accept",
            "verify",
            "register",
            "dispatch",
            "sign",
            "contact",
            "handle",
            "reinspect",
            "close",
            required=True,
        ),
        decimal("limit", "时限", "Limit", required=True, minimum=0),
        choice(
            "limit_unit",
            "时限单位",
            "Unit of the limit",
            "urgent_hour",
            "natural_day",
            "work_hour",
            "work_day",
            required=True,
        ),
        choice(
            "clock_start",
            "起算环节",
            "Stage whose time starts the clock",
            "reported_at",
            "accepted_at",
            "registered_at",
            "dispatched_at",
            "handled_at",
        ),  # blank: the moment that the feed declares
        date("valid_from", "生效日期", "Valid from", required=True),
        date("valid_to", "终止日期", "Valid to, inclusive"),
    ),
)
