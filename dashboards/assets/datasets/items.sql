-- One row per month, unit and item of the unit's main scheme.
with $units
select
    m.month, s.period, m.state_label as state, $named{s.scheme} as scheme, u.kind, $named{s.peer_group} as peer_group, s.unit_code, u.unit_name, u.district_code,
    s.item_$lang as item, s.item_order, $num{s.numerator} || ' / ' || $num{s.denominator} as num_of_den, cast(s.rate as double) as rate,
    cast(s.points as double) as points, cast(s.full_marks as double) as full_marks, cast(s.points_lost as double) as points_lost,
    coalesce(s.reason_$lang, '') as reason
from mart_score_items as s
inner join months as m on s.period = m.period
inner join units as u on s.unit_code = u.unit_code
inner join main_schemes as m2 on s.period = m2.period and s.unit_code = m2.unit_code and s.scheme = m2.scheme
