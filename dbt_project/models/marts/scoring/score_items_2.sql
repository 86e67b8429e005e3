{{ scored_items(2) }}
