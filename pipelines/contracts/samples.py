"""Places drawn for inspection."""

from pipelines.contracts.base import Contract, code, integer, text, timestamp

CONTRACT = Contract(
    name="samples",
    zh="抽样",
    en="Samples",
    grain="One row per place drawn",
    key=("sample_id",),
    columns=(
        text("sample_id", "样本编号", "Sample", required=True),
        text("period", "考核期", "Period", example="2026-10", required=True),
        text("stratum", "层", "Stratum", example="主干道"),
        code("place_code", "点位", "Place", refers_to="places", required=True),
        integer("seed", "随机种子", "Seed of the draw"),
        timestamp("drawn_at", "抽取时间", "Drawn at"),
    ),
)
