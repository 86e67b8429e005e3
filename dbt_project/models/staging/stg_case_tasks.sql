{{ latest('case_tasks', ['task_id'], ['case_id', 'unit_code', 'role', 'assigned_at', 'signed_at', 'due_at', 'contacted_at', 'done_at', 'returned_at', 'is_return_accepted']) }}
