"""Is it right? The model against facts, experiments, valuations and totals that took no part in it."""
