"""Planned stops of collection routes."""

from pipelines.contracts.base import Contract, code, integer, number, text, time

CONTRACT = Contract(
    name="planned_stops",
    zh="收运计划站点",
    en="Planned stops",
    grain="One row per stop of a route on one weekday",
    key=("stop_id", "weekday"),
    columns=(
        text("stop_id", "站点编号", "Stop", required=True),
        text("route_id", "线路编号", "Route", required=True),
        code("unit_code", "作业单位", "Unit", refers_to="units"),
        integer("weekday", "星期（1 为周一）", "Weekday, 1 = Monday", required=True, minimum=1, maximum=7),
        time("planned_time", "计划时间", "Planned time of day"),
        number("longitude", "经度", "Longitude", unit="度 degrees", minimum=-180, maximum=180),
        number("latitude", "纬度", "Latitude", unit="度 degrees", minimum=-90, maximum=90),
    ),
)
