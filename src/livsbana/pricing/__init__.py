"""What to pay: the value of an outcome, its price, and what a contract pays for it."""
