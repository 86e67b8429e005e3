{{ latest('exposures', ['exposure_id'], ['published_on', 'level', 'unit_code', 'points'], ['unit_code'], 'r.published_on') }}
