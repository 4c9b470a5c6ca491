"""The question: a place, a population, programmes, a start year and a horizon."""
