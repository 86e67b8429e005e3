select indicator, variant_of, answers_of, numerator_answers, denominator_answers, deadline, is_counted_by_case, has_intake
from {{ run_input('indicator_variants') }}
