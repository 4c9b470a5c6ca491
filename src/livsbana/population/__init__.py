"""Who: places, cohorts, traits, liabilities shared in families, and cells of people who meet."""
