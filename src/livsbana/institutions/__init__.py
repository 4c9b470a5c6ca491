"""Who decides: a delegation, its fund, and the constellations that it pays for outcomes."""
