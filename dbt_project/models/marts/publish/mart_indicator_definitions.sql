select
    indicator, indicator_zh, indicator_en, numerator_measure, denominator_measure, time_filter, direction,
    definition_zh, definition_en, standard
from {{ ref('dim_indicators') }}
