{{ scored_units(2) }}
