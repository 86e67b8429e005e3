-- One row per month and unit with a boundary. Boundaries come from the city's folder.
with $units,
boundaries (unit_code, polygon) as (values $boundaries)
select m.month, r.period, u.unit_name, u.kind, u.district_code, $named{r.peer_group} as peer_group, cast(r.score as double) as score, r.rank, b.polygon
from mart_ranks as r
inner join months as m on r.period = m.period
inner join units as u on r.unit_code = u.unit_code
inner join main_schemes as m2 on r.period = m2.period and r.unit_code = m2.unit_code and r.scheme = m2.scheme
inner join boundaries as b on r.unit_code = b.unit_code
