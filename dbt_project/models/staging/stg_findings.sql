{{ latest('findings', ['finding_id'], ['inspected_at', 'unit_code', 'area_code', 'item_code', 'points_deducted', 'split_unit_code', 'split_share', 'rectify_due_at', 'rectified_at']) }}
