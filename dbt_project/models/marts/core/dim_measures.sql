-- The registry of measures and those that a city names itself.
select measure, measure_zh, measure_en, time_filter from {{ ref('measures') }}
union all
select measure, measure_zh, measure_en, time_filter from {{ ref('stg_city_measures') }}
