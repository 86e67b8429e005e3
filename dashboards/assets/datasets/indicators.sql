-- One row per month, unit, channel and indicator.
with $units
select
    m.month, i.period, m.months_back, m.state_label as state, u.kind, i.unit_code, u.unit_name, u.district_code, i.channel,
    case i.channel when 'hotline' then $t{热线|Hotline} when 'grid' then $t{数字城管|Urban management} when 'all' then $t{合计|All} else i.channel end
        as channel_name,
    i.indicator, i.indicator_$lang as indicator_name, i.numerator, i.denominator, cast(i.rate as double) as rate,
    $num{i.numerator} || ' / ' || $num{i.denominator} as num_of_den,
    case when i.wilson_low is not null
        then printf('%.1f', 100 * i.wilson_low) || '–' || printf('%.1f', 100 * i.wilson_high) || '%' else '' end as wilson,
    coalesce(i.reason_$lang, '') as reason, d.definition_$lang as definition, d.standard, u.unit_kind, g.peer_group
from mart_indicators as i
inner join months as m on i.period = m.period
inner join units as u on i.unit_code = u.unit_code
left join mart_indicator_definitions as d on i.indicator = d.indicator
left join (select period, unit_code, min($named{peer_group}) as peer_group from mart_ranks group by period, unit_code) as g
    on i.period = g.period and i.unit_code = g.unit_code
