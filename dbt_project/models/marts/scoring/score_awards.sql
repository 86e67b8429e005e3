-- Yuan by place, and funds moved from the last units to the first. Equal scores share the funds of the places they take, to the fen.
with placed as (
    select
        r.*,
        row_number() over (partition by r.period, r.scheme, r.peer_group order by r.rank, r.unit_code) as position,
        row_number() over (partition by r.period, r.scheme, r.peer_group, r.rank order by r.unit_code) as turn,
        count(*) over (partition by r.period, r.scheme, r.peer_group, r.rank) as equals
    from {{ ref('rank_units') }} as r
    where r.is_ranked
),

by_place as (
    select
        p.period, p.scheme, p.unit_code, a.yuan,
        row_number() over (partition by p.period, p.scheme, p.unit_code order by a.entry) as choice
    from placed as p
    inner join {{ ref('stg_scheme_awards') }} as a
        on
            p.scheme = a.scheme and p.scheme_version = a.scheme_version and p.peer_group = a.peer_group
            and p.group_size >= a.size_from and (a.size_to is null or p.group_size <= a.size_to)
            and a.place = case when a.is_from_end then p.rank_from_end else p.rank end
            -- where all are equal, all are first and nobody is last
            and (p.rank > 1 or not a.is_from_end)
),

pots as (
    select p.period, p.scheme, p.peer_group, p.rank, cast(sum(f.yuan * 100) as bigint) as fen
    from placed as p
    inner join {{ ref('stg_scheme_funds') }} as f
        on
            p.scheme = f.scheme and p.scheme_version = f.scheme_version and p.group_size >= f.needs_size
            and f.place = case when f.is_from_end then p.group_size - p.position + 1 else p.position end
    group by p.period, p.scheme, p.peer_group, p.rank
),

moved as (
    select
        p.period, p.scheme, p.unit_code,
        cast(({{ idiv('t.fen * p.turn', 'p.equals') }} - {{ idiv('t.fen * (p.turn - 1)', 'p.equals') }}) * cast(0.01 as decimal(3, 2)) as decimal(14, 2)) as yuan
    from placed as p
    inner join pots as t
        on p.period = t.period and p.scheme = t.scheme and p.peer_group = t.peer_group and p.rank = t.rank
),

given as (
    select period, scheme, unit_code, 'award' as kind, yuan from by_place where choice = 1
    union all
    select period, scheme, unit_code, 'funds' as kind, yuan from moved where yuan <> 0
)

select
    p.period, p.scheme, p.scheme_version, p.unit_kind, p.peer_group, p.unit_code, g.kind, p.rank, p.group_size,
    cast(g.yuan as decimal(14, 2)) as yuan,
    case g.kind when 'award' then '奖惩' else '经费调剂' end || '：第 ' || cast(p.rank as string) || ' 名，共 ' || cast(p.group_size as string) || ' 个单位' as reason_zh,
    case g.kind when 'award' then 'award' else 'funds moved' end || ': rank ' || cast(p.rank as string) || ' of ' || cast(p.group_size as string) as reason_en
from given as g
inner join placed as p on g.period = p.period and g.scheme = p.scheme and g.unit_code = p.unit_code
