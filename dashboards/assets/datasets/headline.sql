-- One row per month, indicator and widest unit the reader may see: the city, and each district for who sees only districts.
with $units
select
    m.month, i.period, u.unit_name, u.unit_code, u.unit_kind, u.district_code, i.indicator, i.indicator_$lang as indicator_name,
    i.numerator, i.denominator, cast(i.rate as double) as rate, cast(b.rate as double) as previous_rate, 100 * (cast(i.rate as double) - cast(b.rate as double)) as change,
    $num{i.numerator} || ' / ' || $num{i.denominator} as num_of_den,
    case when i.wilson_low is not null
        then printf('%.1f', 100 * i.wilson_low) || '–' || printf('%.1f', 100 * i.wilson_high) || '%' else '' end as wilson,
    d.definition_$lang as definition,
    case i.indicator when 'on_time_closure_rate' then 1 when 'closure_rate' then 2 when 'satisfaction_rate' then 3 else 4 end as place
from mart_indicators as i
inner join months as m on i.period = m.period
inner join units as u on i.unit_code = u.unit_code
left join months as before on before.months_back = m.months_back + 1
left join mart_indicators as b
    on before.period = b.period and i.unit_code = b.unit_code and i.channel = b.channel and i.indicator = b.indicator
left join mart_indicator_definitions as d on i.indicator = d.indicator
where u.unit_kind in ('city', 'district') and i.rate is not null
    and i.indicator in ('on_time_closure_rate', 'closure_rate', 'rework_rate', 'satisfaction_rate')
    and i.channel = case when i.indicator = 'satisfaction_rate' then 'hotline' else 'all' end
