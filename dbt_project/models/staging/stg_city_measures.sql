select measure, measure_zh, measure_en, time_filter
from {{ run_input('city_measures') }}
