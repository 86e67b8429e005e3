select category_code, name_zh, name_en, parent_code
from {{ run_input('categories') }}
