"""Vehicle positions."""

from pipelines.contracts.base import Contract, Personal, code, number, text, timestamp

CONTRACT = Contract(
    name="positions",
    zh="车辆定位",
    en="Vehicle positions",
    grain="One row per vehicle and moment",
    key=("vehicle_key", "recorded_at"),
    columns=(
        text(
            "vehicle_key",
            "车辆标识",
            "Vehicle, keyed hash",
            example="环卫车 012",
            required=True,
            personal=Personal.KEYED_HASH,
        ),
        timestamp("recorded_at", "定位时间", "Recorded at", required=True),
        code("unit_code", "作业单位", "Unit", refers_to="units"),
        timestamp("received_at", "接收时间", "Received at"),
        number("longitude", "经度", "Longitude", unit="度 degrees", required=True, minimum=-180, maximum=180),
        number("latitude", "纬度", "Latitude", unit="度 degrees", required=True, minimum=-90, maximum=90),
    ),
)
