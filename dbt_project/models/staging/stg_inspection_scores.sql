{{ latest('inspection_scores', ['round_id', 'unit_code', 'item_code'], ['period', 'score', 'full_score', 'sample_size']) }}
