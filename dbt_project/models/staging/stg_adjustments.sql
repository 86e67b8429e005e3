{{ latest('adjustments', ['adjustment_id'], ['kind', 'target', 'unit_code', 'period', 'points', 'reason', 'requested_by', 'requested_at', 'decided_by', 'decided_at', 'decision']) }}
