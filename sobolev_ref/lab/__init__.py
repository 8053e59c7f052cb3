"""A run whose settings change live, ``python -m sobolev_ref lab``. Nothing else imports this folder.

Read `experiment` first (a run of gradient descent, without its window) and `expression` (how it reads the
target), then `window` (the widgets around it, without a screen), and `command` (which opens the window, or
draws it to a file).
"""
