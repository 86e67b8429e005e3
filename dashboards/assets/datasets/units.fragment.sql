-- One row per unit, with the district it lies in (blank for units of the whole city): row-level security filters on it.
units as (
    select
        u.unit_code, coalesce(u.name_$lang, u.name_zh) as unit_name, u.unit_kind,
        case u.unit_kind
            when 'district' then $t{区|Districts} when 'street' then $t{街道|Streets} when 'department' then $t{部门|Departments}
            when 'squad' then $t{中队|Squads} when 'contractor' then $t{环卫企业|Contractors} when 'city' then $t{全市|City} when 'post' then $t{岗位|Posts} else u.unit_kind
        end as kind,
        case when u.unit_kind = 'district' then u.unit_code when p.unit_kind = 'district' then p.unit_code
            when g.unit_kind = 'district' then g.unit_code end as district_code
    from mart_units as u
    left join mart_units as p on u.parent_code = p.unit_code
    left join mart_units as g on p.parent_code = g.unit_code
),
-- One row per month: running and not yet begun months are left out, so that no chart shows a half month as a fall.
months as (
    select
        period, starts_on as month, ends_on, as_of, state, version, row_number() over (order by period desc) as months_back,
        case state when 'final' then $t{定稿|Final} when 'draft' then $t{草稿|Draft} when 'provisional' then $t{暂定|Provisional} else state end as state_label
    from mart_periods
    where period_type = 'month' and starts_on <= as_of and ends_on <= as_of
),
-- One row per month and unit: the scheme with the most items, where several evaluate the unit. A table of one row per unit shows this one.
main_schemes as (
    select period, unit_code, scheme
    from (
        select period, unit_code, scheme, row_number() over (partition by period, unit_code order by count(*) desc, scheme) as choice
        from mart_score_items group by period, unit_code, scheme
    ) as s
    where choice = 1
)
