-- Was each planned stop served? Served: within the metres and minutes of city.yaml a vehicle of its unit, or of a unit below it, was
-- heard of. Missed: such vehicles were heard of in those minutes, none of them there. Unrecorded: nothing tells where they were.
-- Time is whole minutes since 1970; a band is as many metres of latitude as the rule allows, so that a vehicle in reach is heard of in
-- the stop's band or in one beside it. A degree of latitude is 111,195 metres (mean radius of the Earth 6,371.0088 km).
with days as (
    select distinct
        day_on, {{ idiv(seconds_at('cast(day_on as timestamp)'), 86400) }} as day_number
    from {{ ref('stg_period_days') }}
),

-- weekdays are counted from 1970-01-05, a Monday
planned as (
    select
        s.record_key, s.unit_code, d.day_on, s.longitude, s.latitude, r.within_metres, s.delivery_id, s.source_file, s.source_row,
        d.day_number * 1440 + {{ idiv(seconds_of_day('s.planned_time'), 60) }} - r.minutes_early as from_minute,
        d.day_number * 1440 + {{ idiv(seconds_of_day('s.planned_time'), 60) }} + r.minutes_late as to_minute,
        cast(floor(s.latitude * 111195e0 / r.within_metres) as bigint) as band
    from {{ ref('stg_planned_stops') }} as s
    inner join days as d on s.weekday = (d.day_number + 3) % 7 + 1
    cross join {{ ref('stg_stop_rule') }} as r
),

judged as (
    select * from planned
    where unit_code is not null and to_minute is not null and longitude is not null and latitude is not null
),

units as (
    select distinct unit_code from judged
),

heard as (
    select
        u.unit_code, p.longitude, p.latitude,
        {{ idiv(seconds_at('p.recorded_at'), 60) }} as minute,
        {{ idiv(seconds_at('p.recorded_at'), 86400) }} as day_number,
        cast(floor(p.latitude * 111195e0 / r.within_metres) as bigint) as band
    from {{ ref('stg_positions') }} as p
    inner join {{ ref('stg_unit_ancestors') }} as a on p.unit_code = a.unit_code
    inner join units as u on a.ancestor_code = u.unit_code
    cross join {{ ref('stg_stop_rule') }} as r
),

heard_minutes as (
    select distinct unit_code, day_number, minute from heard
),

-- a window may reach over midnight: one row for each day that it touches
windows as (
    select distinct unit_code, from_minute, to_minute, {{ idiv('from_minute', 1440) }} as day_number from judged
    union
    select distinct unit_code, from_minute, to_minute, {{ idiv('to_minute', 1440) }} as day_number from judged
),

heard_in_window as (
    select distinct w.unit_code, w.from_minute, w.to_minute
    from windows as w
    inner join heard_minutes as h
        on w.unit_code = h.unit_code and w.day_number = h.day_number and h.minute >= w.from_minute and h.minute < w.to_minute
),

there as (
    select distinct j.record_key, j.day_on
    from judged as j
    inner join windows as w on j.unit_code = w.unit_code and j.from_minute = w.from_minute and j.to_minute = w.to_minute
    cross join (values (-1), (0), (1)) as b (beside)
    inner join heard as h
        on
            w.unit_code = h.unit_code and w.day_number = h.day_number and h.band = j.band + b.beside
            and h.minute >= j.from_minute and h.minute < j.to_minute
    where
        power((h.latitude - j.latitude) * 111195e0, 2)
        + power((h.longitude - j.longitude) * 111195e0 * cos(radians(j.latitude)), 2)
        <= power(j.within_metres, 2)
)

select
    p.record_key, p.day_on, p.unit_code, {{ moment_at('p.to_minute * 60') }} as ends_at,
    case when t.record_key is not null then 'served' when h.unit_code is not null then 'missed' else 'unrecorded' end as outcome,
    case
        when t.record_key is not null or h.unit_code is not null then cast(null as string)
        when p.unit_code is null then 'no_unit'
        when p.to_minute is null or p.longitude is null or p.latitude is null then 'no_place_or_time'
        else 'no_position'
    end as reason,
    p.delivery_id, p.source_file, p.source_row
from planned as p
left join there as t on p.record_key = t.record_key and p.day_on = t.day_on
left join heard_in_window as h
    on
        p.unit_code = h.unit_code and p.from_minute = h.from_minute and p.to_minute = h.to_minute
        and p.longitude is not null and p.latitude is not null
