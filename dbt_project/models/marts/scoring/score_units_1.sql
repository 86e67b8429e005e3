{{ scored_units(1) }}
