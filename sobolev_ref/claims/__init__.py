"""The paper's claims put to the test by a protocol that was there first, ``python -m sobolev_ref claims``.
Nothing else imports this folder.

docs/claims_protocol.md is what this folder does. Read `targets` first (thirteen functions), then `run` (a
run on a budget, and its true errors), `parts` (what is run), `table` (the runs in a file), `statistics`
(the tests), `hypotheses` (the paper's sentences and the rule that decides them), `figures` and `page`
(both shown), and `command`.
"""
