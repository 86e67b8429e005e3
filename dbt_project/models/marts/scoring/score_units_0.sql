{{ scored_units(0) }}
