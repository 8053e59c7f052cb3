"""The paper's two examples: `examples` trains them, `command` is the main job, ``python -m
sobolev_ref``.
"""
