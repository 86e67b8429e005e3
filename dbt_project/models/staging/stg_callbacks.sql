{{ latest('callbacks', ['callback_id'], ['case_id', 'called_at', 'is_reached', 'is_resolved', 'satisfaction', 'origin']) }}
