"""The law: what the company declares, and what must hold at every border.

Belongs here: reading and judging the statute book (seeds and company tables), and the guards of both gates.
Never here: reading exports, computing numbers, or anything that knows where the home or the warehouse lies.
"""
