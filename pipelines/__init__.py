"""cityeval: from a city's raw operating records to scores, ranks and the proof of every figure."""
