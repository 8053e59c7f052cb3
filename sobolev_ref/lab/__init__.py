"""A run whose settings change live, ``python -m sobolev_ref lab``. Nothing else imports this folder.

Read `experiment` first (a run of gradient descent, without its window), with `expression` (how it reads a
target that is typed) and `presets` (examples for a class); then `window` (the controls around it, without a
screen), and `command` (which opens the window, or draws it to a file).
"""
