"""Pilots: a team's logic model, written by civil servants, set beside what the model simulates."""
