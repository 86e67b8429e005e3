{{ latest('positions', ['vehicle_key', 'recorded_at'], ['unit_code', 'longitude', 'latitude']) }}
