{{ scored_items(1) }}
