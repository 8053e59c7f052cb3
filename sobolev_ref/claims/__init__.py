"""The paper's claims put to the test, ``python -m sobolev_ref claims``. Nothing else imports this
folder.

Read `run` (a run on a budget, its true errors), `studies`, `data` and `networks` (seven studies),
`table` (their numbers over seeds), `figures`, `evidence`, `findings` and `sentences` (verdicts),
`page` and `command`.
"""
