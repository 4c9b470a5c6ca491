"""What happens: declarations become tables, one kernel reads the tables, a tally counts."""
