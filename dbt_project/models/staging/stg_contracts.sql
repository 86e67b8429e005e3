{{ latest('contracts', ['contract_id'], ['unit_code', 'area_codes', 'monthly_fee_yuan', 'valid_from', 'valid_to', 'scheme']) }}
