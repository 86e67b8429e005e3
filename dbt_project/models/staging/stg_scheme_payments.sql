select
    scheme, scheme_version, tier, from_score, pays, pass_mark, yuan_per_point, part_month
from {{ run_input('scheme_payments') }}
