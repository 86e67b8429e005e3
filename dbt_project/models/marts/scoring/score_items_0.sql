{{ scored_items(0) }}
