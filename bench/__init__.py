"""Speed and scale as ratios: `make bench`, or `python -m bench NAME ...`.

Belongs here: timing two things in turn in one run and printing how they compare, with rows, bytes and peak memory.
Never here: an assertion about time (a shared machine is noisy), anything that a test needs.
"""
