"""How it is run: draw, calibrate, simulate and tally, over a grid that can be killed."""
