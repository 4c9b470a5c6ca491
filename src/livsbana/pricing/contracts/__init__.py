"""Contracts as data: who pays whom how much, given what was measured on how many."""
