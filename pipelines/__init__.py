"""WIRING: which things exist, when they run, where they live.

Belongs here: the door (definitions), paths, jobs, schedules, gates as asset checks, the command line.
Never here: what a number means (dbt_project), how an export is spelt (assets), what must be true (expectations).
"""
