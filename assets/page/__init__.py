"""The leadership page: one published database in, one HTML file out.

Belongs here: reading the published tables, wording them in the company's language, drawing them, filling the template.
Never here: computing a metric, deciding an owner, the clock, the network, a script; a number that the tables do not hold.
"""
