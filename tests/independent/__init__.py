"""Figures worked out a second time, by scripts that share no code with the program."""
