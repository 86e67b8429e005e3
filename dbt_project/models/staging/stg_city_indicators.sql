select
    indicator, indicator_zh, indicator_en, numerator_measure, denominator_measure, time_filter, direction,
    definition_zh, definition_en, standard, kind, needs_recorded, valid_from, valid_to
from {{ run_input('city_indicators') }}
