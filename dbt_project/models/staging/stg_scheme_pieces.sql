select
    scheme, scheme_version, item, piece, low_n, low_d, high_n, high_d, is_closed_below, intercept_n,
    intercept_d, slope_n, slope_d
from {{ run_input('scheme_pieces') }}
