"""What is known: every number with its unit, spread and source, read strictly."""
