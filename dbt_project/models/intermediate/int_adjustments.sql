-- What became of each adjustment that was asked for. Only an applied one changes a count or a score.
-- A case is of a period if it was reported by the period's end and not closed before it began; a finding if it was inspected or due
-- for rectification in it; both are of every unit that they count for. Points go to the scheme that the target names.
with asked as (
    select
        a.*, p.starts_on, p.ends_on, p.period_type, l.open_until, l.open_until is not null as is_late,
        coalesce(l.is_marked, false) as is_marked
    from {{ ref('stg_adjustments') }} as a
    left join {{ ref('stg_periods') }} as p on a.period = p.period
    left join {{ ref('stg_late_adjustments') }} as l
        on
            a.record_key = l.record_key and a.requested_at = l.requested_at and a.period = l.period
            and a.unit_code = l.unit_code and a.target = l.target
),

targets as (
    select
        a.record_key, c.case_key as target_key, c.unit_code as first_unit, c.area_code as second_unit, cast(null as string) as third_unit,
        cast(c.reported_at as date) <= a.ends_on and (c.closed_at is null or cast(c.closed_at as date) >= a.starts_on) as is_of_period
    from asked as a
    inner join {{ ref('int_case_times') }} as c on a.target = c.case_id
    where a.kind = 'exclude_case'
    union all
    -- 'system:number' tells apart two feeds that use the same number
    select
        a.record_key, c.case_key as target_key, c.unit_code as first_unit, c.area_code as second_unit, cast(null as string) as third_unit,
        cast(c.reported_at as date) <= a.ends_on and (c.closed_at is null or cast(c.closed_at as date) >= a.starts_on) as is_of_period
    from asked as a
    inner join {{ ref('int_case_times') }} as c on a.target = c.case_key and a.target <> c.case_id
    where a.kind = 'exclude_case'
    union all
    select
        a.record_key, f.record_key as target_key, f.unit_code as first_unit, f.split_unit_code as second_unit, f.area_code as third_unit,
        cast(f.inspected_at as date) between a.starts_on and a.ends_on
        or coalesce(cast(f.rectify_due_at as date) between a.starts_on and a.ends_on, false) as is_of_period
    from asked as a
    inner join {{ ref('stg_findings') }} as f on a.target = f.finding_id
    where a.kind = 'exclude_finding'
    union all
    select a.record_key, s.scheme as target_key, a.unit_code as first_unit, cast(null as string) as second_unit, cast(null as string) as third_unit,
        true as is_of_period
    from asked as a
    inner join {{ ref('dim_units') }} as u on a.unit_code = u.unit_code
    inner join {{ ref('stg_schemes') }} as s
        on
            a.target = s.scheme and u.unit_kind = s.unit_kind and a.period_type = s.period_type
            and a.ends_on >= s.valid_from and (s.valid_to is null or a.ends_on <= s.valid_to)
    where a.kind in ('bonus', 'penalty')
),

concerned as (
    select
        t.record_key, max(t.target_key) as target_key, count(distinct t.target_key) as target_count,
        max(case when coalesce(t.is_of_period, false) then 1 else 0 end) as is_of_period,
        max(case when u.unit_code is not null then 1 else 0 end) as is_of_unit
    from targets as t
    inner join asked as a on t.record_key = a.record_key
    left join {{ ref('stg_unit_ancestors') }} as u
        on u.ancestor_code = a.unit_code and u.unit_code in (t.first_unit, t.second_unit, t.third_unit)
    group by t.record_key
)

select
    a.record_key, a.adjustment_id, a.source_system, a.kind, a.target, c.target_key, a.unit_code, a.period, a.points, a.reason,
    a.requested_by, a.requested_at, a.decided_by, a.decided_at, a.decision, a.is_late, a.open_until,
    case
        when a.decision is null or a.decided_by is null then 'undecided'
        when a.decision = 'refused' then 'refused'
        when a.starts_on is null then 'unknown_period'
        when a.is_late and not a.is_marked then 'late'
        when c.target_key is null then 'unknown_target'
        when c.target_count > 1 then 'ambiguous_target'
        when c.is_of_unit = 0 then 'other_unit'
        when c.is_of_period = 0 then 'other_period'
        when a.kind in ('bonus', 'penalty') and coalesce(a.points, 0) = 0 then 'no_points'
        else 'applied'
    end as status,
    a.delivery_id, a.source_file, a.source_row
from asked as a
left join concerned as c on a.record_key = c.record_key
