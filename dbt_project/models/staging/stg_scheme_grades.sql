select
    scheme, scheme_version, grade, grade_order, from_score
from {{ run_input('scheme_grades') }}
