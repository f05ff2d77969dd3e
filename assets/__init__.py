"""Edges of the pipeline: files in, files out.

Belongs here: receiving, reading and landing exports; writing what is published. Never here: what a metric means, who owns it,
arithmetic between rows. Those are SQL and seeds.
"""
