{{ scored_items(3) }}
