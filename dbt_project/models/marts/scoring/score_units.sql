-- Every level together.
select * from {{ ref('score_units_0') }}
union all
select * from {{ ref('score_units_1') }}
union all
select * from {{ ref('score_units_2') }}
union all
select * from {{ ref('score_units_3') }}
