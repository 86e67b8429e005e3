-- A reject of a whole file has no row; 0 stands for it, so that it can be joined on.
select delivery_id, coalesce(source_row, 0) as reject_row, closed_by, closed_how
from {{ run_input('closings') }}
