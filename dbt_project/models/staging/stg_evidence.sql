{{ latest('evidence', ['item_code', 'unit_code', 'period', 'sha256'], ['title', 'file', 'provided_on']) }}
