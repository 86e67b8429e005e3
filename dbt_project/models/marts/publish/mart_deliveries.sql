select
    delivery_id, source, source_system, contract, file, sha256, row_count, accepted, repaired, rejected, out_of_scope,
    reasons, warnings, extracted_at, received_at, state, alerts, decision, decided_by, decision_reason, decided_at
from {{ ref('stg_deliveries') }}
