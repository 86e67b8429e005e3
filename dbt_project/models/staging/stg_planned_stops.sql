{{ latest('planned_stops', ['stop_id', 'weekday'], ['route_id', 'unit_code', 'planned_time', 'longitude', 'latitude']) }}
