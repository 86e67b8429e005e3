-- Lists and consequences: who is among the first or last, how often in the calendar year, or holds a grade. Whoever is first is
-- never among the last: where all are equal, nobody is.
with met as (
    select
        r.period, r.scheme, r.scheme_version, r.unit_kind, r.peer_group, r.unit_code, r.rank, r.group_size, r.grade,
        c.consequence, c.title_zh, c.title_en, c.kind, c.places,
        c.within = 'all' as is_of_all, r.rank_of_all, c.is_from_end, c.times, c.grade as named_grade, p.ends_on,
        cast(count(*) over (
            partition by r.scheme, r.unit_code, c.consequence, extract(year from p.ends_on)
            order by p.ends_on rows between unbounded preceding and current row
        ) as bigint) as times_met
    from {{ ref('rank_units') }} as r
    inner join {{ ref('stg_periods') }} as p on r.period = p.period
    inner join {{ ref('stg_scheme_consequences') }} as c
        on
            r.scheme = c.scheme and r.scheme_version = c.scheme_version
            and case
                when c.grade is not null then r.grade = c.grade
                when c.within = 'all' and c.is_from_end then r.rank_from_end_of_all <= c.places and r.rank_of_all > 1
                when c.within = 'all' then r.rank_of_all <= c.places
                when c.is_from_end then r.rank_from_end <= c.places and r.rank > 1
                else r.rank <= c.places
            end
    where r.is_ranked
)

select
    period, scheme, scheme_version, unit_kind, peer_group, unit_code, kind, consequence, title_zh, title_en,
    rank, group_size, times_met,
    case
        when named_grade is not null then '等次为' || named_grade
        when is_of_all then '全部单位第 ' || cast(rank_of_all as string) || ' 名，属' || case when is_from_end then '末 ' else '前 ' end || cast(places as string) || ' 名'
        else '第 ' || cast(rank as string) || ' 名（共 ' || cast(group_size as string) || ' 个），属'
            || case when is_from_end then '末 ' else '前 ' end || cast(places as string) || ' 名'
    end || case when times > 1 then '，本年第 ' || cast(times_met as string) || ' 次' else '' end as reason_zh,
    case
        when named_grade is not null then 'grade ' || named_grade
        when is_of_all then 'rank ' || cast(rank_of_all as string) || ' of all units, among the '
            || case when is_from_end then 'last ' else 'first ' end || cast(places as string)
        else 'rank ' || cast(rank as string) || ' of ' || cast(group_size as string) || ', among the '
            || case when is_from_end then 'last ' else 'first ' end || cast(places as string)
    end || case when times > 1 then ', time ' || cast(times_met as string) || ' this year' else '' end as reason_en
from met
where times_met >= times
