select delivery_id as checked, suite, check_name, column_name, severity, success, observed, unexpected_count, failing_rows
from {{ ref('stg_checks') }}
