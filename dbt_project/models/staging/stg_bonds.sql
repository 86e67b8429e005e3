{{ latest('bonds', ['unit_code', 'year', 'kind'], ['amount_yuan', 'status']) }}
