"""What it costs whom: tally times unit cost times payer share."""
