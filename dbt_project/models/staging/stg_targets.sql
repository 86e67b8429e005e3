{{ latest('targets', ['period', 'unit_code', 'indicator'], ['target', 'direction', 'source']) }}
