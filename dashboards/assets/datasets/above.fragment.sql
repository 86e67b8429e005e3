-- One row per unit and unit it counts for: itself and all above it. Needs "with recursive".
above (unit_code, counted_code) as (
    select unit_code, unit_code from mart_units
    union all
    select a.unit_code, u.parent_code
    from above as a inner join mart_units as u on a.counted_code = u.unit_code where u.parent_code is not null
)
