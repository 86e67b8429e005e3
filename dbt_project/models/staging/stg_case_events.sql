{{ latest('case_events', ['event_id'], ['case_id', 'event_type', 'stage', 'occurred_at', 'from_unit_code', 'to_unit_code', 'actor_post', 'new_due_at', 'result']) }}
