"""One module a family of commands; each has `answer(asked, paths) -> exit code`.

Belongs here: what a command prints. Never here: how a night works (night.py), arguments (cli.py).
"""
