select delivery_id, suite, check_name, column_name, severity, success, observed, unexpected_count, failing_rows
from {{ ledger('checks') }}
