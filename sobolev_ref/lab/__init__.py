"""A run whose settings change live: `experiment`, its `window`, and `command`, ``python -m sobolev_ref
lab``.

Nothing else imports this folder.
"""
