"""Scores: cases x extractor -> figures with intervals. Imports the agent, never training.

Import its modules by name (``from eval.scoring import ...``): the bare name is a builtin function.
"""
