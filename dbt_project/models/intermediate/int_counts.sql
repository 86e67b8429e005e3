{{ config(materialized="view") }}
-- Every count that goes by cases, before it climbs the tree of units.
select period, role, responsible_code, area_unit_code, channel, measure, value from {{ ref('int_case_counts') }}
union all
select period, role, responsible_code, area_unit_code, channel, measure, value from {{ ref('int_stage_counts') }}
union all
select period, role, responsible_code, area_unit_code, channel, measure, value from {{ ref('int_post_counts') }}
union all
select period, role, responsible_code, area_unit_code, channel, measure, value from {{ ref('int_answer_counts') }}
union all
select period, role, responsible_code, area_unit_code, channel, measure, value from {{ ref('int_variant_counts') }}
