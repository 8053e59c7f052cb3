"""The paper's claims put to the test, ``python -m sobolev_ref claims``. Nothing else imports this
folder.

Read `run` first (a run on a budget, and its true errors), then `studies` (seven studies, what each
compares), `table` (their numbers over seeds), `verdicts` (what the numbers say of each sentence of the
paper), `figures` and `page` (both shown), and `command`.
"""
