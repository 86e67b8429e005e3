select period, record_kind, record_key, unit_code, area_code, part, measure, value, occurred_on, succession, delivery_id, source_file, source_row from {{ ref('int_inspection_counts') }}
union all
select period, record_kind, record_key, unit_code, area_code, part, measure, value, occurred_on, succession, delivery_id, source_file, source_row from {{ ref('int_finding_counts') }}
union all
select period, record_kind, record_key, unit_code, area_code, part, measure, value, occurred_on, succession, delivery_id, source_file, source_row from {{ ref('int_exposure_counts') }}
union all
select period, record_kind, record_key, unit_code, area_code, part, measure, value, occurred_on, succession, delivery_id, source_file, source_row from {{ ref('int_survey_counts') }}
union all
select period, record_kind, record_key, unit_code, area_code, part, measure, value, occurred_on, succession, delivery_id, source_file, source_row from {{ ref('int_position_counts') }}
union all
select period, record_kind, record_key, unit_code, area_code, part, measure, value, occurred_on, succession, delivery_id, source_file, source_row from {{ ref('int_stop_counts') }}
union all
select period, record_kind, record_key, unit_code, area_code, part, measure, value, occurred_on, succession, delivery_id, source_file, source_row from {{ ref('int_output_counts') }}
