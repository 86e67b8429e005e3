select
    scheme, scheme_version, consequence, title_zh, title_en, kind, places, is_from_end, within, times, grade
from {{ run_input('scheme_consequences') }}
