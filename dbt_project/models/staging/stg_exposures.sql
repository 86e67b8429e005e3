{{ latest('exposures', ['exposure_id'], ['published_on', 'level', 'unit_code', 'points']) }}
