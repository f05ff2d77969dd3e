"""The demo company: a seeded simulation with a known truth, and the native export files it would leave behind.

Belongs here: people, exposure and sales that never happened, and the bytes that platforms would have written about them.
Never here: reading those bytes back, what a metric means, who owns it. The demo may not know how its files are judged.
"""
