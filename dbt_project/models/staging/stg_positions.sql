{{ latest('positions', ['vehicle_key', 'recorded_at'], ['unit_code', 'longitude', 'latitude'], ['unit_code'], 'cast(r.recorded_at as date)') }}
