"""Files are written all at once or not at all: models, tables and figures alike."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copymode
from typing import IO


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A new file that takes its place when it is whole; if that fails, nothing has changed.

    It is written beside its place, brought to the disk, and moved. A link is followed, an old file's
    permissions are kept, and what is no file (a folder, a device) is not replaced. An error names the
    path that the caller gave.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole_file(folder + "/note.txt") as file:
    ...         _ = file.write(b"all of it")
    ...     print(os.listdir(folder))
    ['note.txt']
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        error = errno.EISDIR if target.is_dir() else errno.ENXIO
        raise OSError(error, "not a regular file or directory", str(target))
    if not target.parent.exists():
        raise FileNotFoundError(errno.ENOENT, "its folder is missing; make it first", str(path))
    if not target.parent.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "its folder is a file", str(path))
    beside = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with open(beside, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            copymode(target, beside)
        os.replace(beside, target)
    except BaseException as error:
        beside.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename == str(beside):
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise
