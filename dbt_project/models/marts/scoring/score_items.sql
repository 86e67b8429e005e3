-- Every level together.
select * from {{ ref('score_items_0') }}
union all
select * from {{ ref('score_items_1') }}
union all
select * from {{ ref('score_items_2') }}
union all
select * from {{ ref('score_items_3') }}
