{{ latest('reported_counts', ['period', 'unit_code', 'measure'], ['value']) }}
