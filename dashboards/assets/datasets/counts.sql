-- One row per month, unit, channel and measure.
with $units
select
    m.month, c.period, m.months_back, u.kind, c.unit_code, u.unit_name, u.district_code, u.unit_kind, c.channel, c.measure,
    $measure as measure_name, c.value
from mart_counts as c
inner join months as m on c.period = m.period
inner join units as u on c.unit_code = u.unit_code
