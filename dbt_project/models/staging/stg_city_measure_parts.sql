select measure, part
from {{ run_input('city_measure_parts') }}
