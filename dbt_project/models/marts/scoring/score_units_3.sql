{{ scored_units(3) }}
