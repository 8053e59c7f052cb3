"""The commands: ``python -m sobolev_ref`` is the main job, a word after it is another."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

COMMANDS = ("lab", "claims")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the first word names, or the main job; its exit status."""
    words = sys.argv[1:] if argv is None else list(argv)
    folder = "paper"
    if words == ["--version"]:
        print(f"sobolev_ref {import_module('sobolev_ref').__version__}")
        return 0
    if words and not words[0].startswith("-"):
        folder = words.pop(0)
        if folder not in COMMANDS:
            print(
                f"python -m sobolev_ref: got {folder!r}, takes {' or '.join(COMMANDS)}, or nothing for the "
                "main job; each has its own --help",
                file=sys.stderr,
            )
            return 2
    try:
        command: Callable[[Sequence[str]], int]
        command = import_module(f"sobolev_ref.{folder}.command").main
        return command(words)
    except KeyboardInterrupt:  # in an import, or elsewhere before there is more to tell
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
