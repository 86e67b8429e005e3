select city, title_zh, title_en, as_of, as_of_on, evaluates_from, is_synthetic, calendar_code, code_version, input_hash
from {{ run_input('run') }}
