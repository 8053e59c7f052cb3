"""What runs a student's file: a process that has its functions, arrays in and arrays out, and no marks.

The marker starts this file by its path, so that neither it nor the student's code imports the package.
Requests and replies go through a pipe as frames: eight bytes of length, one line of JSON, and the arrays that
the line counts, in NumPy's npy format without pickle. Whatever the student's code does here, prints or
patches, the marker sees no more of it than arrays.
"""

import ast
import io
import json
import math
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

FRAME = 2**24  # bytes of a request or reply, at most
LEAVES = 10_000  # arrays in it, at most
PACKAGE = str(Path(__file__).resolve().parents[1])
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
REFUSED = (  # audit events, by how they begin: other processes, networks, and what changes files or limits
    *("subprocess.", "os.system", "os.fork", "os.exec", "os.spawn", "os.posix_spawn"),
    *("os.startfile", "os.kill", "signal.pthread_kill", "pty.", "socket.", "ctypes.", "resource."),
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink"),
    *("os.chmod", "os.chown", "os.utime", "os.setxattr", "shutil.", "sys.addaudithook"),
)

# -- arrays through a pipe -----------------------------------------------------------------------------


def pack(head: dict[str, Any], value: Any = ()) -> bytes:
    """A frame's body: a line of JSON, in which `value` has its shape and no numbers, and its arrays.

    A tuple, a list and a dict keep their shape, and numbers of Python stay what they are; whatever else there
    is becomes an array of numbers, or is refused (TypeError).

    Examples
    --------
    >>> pack({"says": "two"}, (1.0, [2, 3])).partition(bytes([10]))[0]
    b'{"says": "two", "value": [1.0, null]}'
    """
    arrays: list[Any] = []
    shape = _shape(value, arrays)
    stream = io.BytesIO()
    stream.write(json.dumps(head | {"value": shape}).encode() + b"\n")
    for array in arrays:
        npy.write_array(stream, array, version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def _shape(value: Any, arrays: list[Any]) -> Any:
    """The shape of a value, null in place of an array, which is put to the others."""
    if isinstance(value, dict):
        keys = [list(key) if isinstance(key, tuple) else key for key in value]
        return {"keys": keys, "values": [_shape(entry, arrays) for entry in value.values()]}
    if isinstance(value, tuple):
        return [_shape(entry, arrays) for entry in value]
    if isinstance(value, list) and not all(isinstance(v, int | float | complex) for v in value):
        return {"list": [_shape(entry, arrays) for entry in value]}
    if type(value) is float or (type(value) is int and abs(value) < 2**63):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        raise TypeError(f"a result of type {type(value).__name__} is no array of numbers")
    arrays.append(np.ascontiguousarray(array).reshape(array.shape))
    return None


def unpack(body: bytes) -> tuple[dict[str, Any], Any]:
    """What `pack` put into a body; it takes nothing on trust, and makes nothing but numbers and arrays.

    Examples
    --------
    >>> unpack(pack({}, {(1, 0): [2.0, 3.0], (0, 1): 4}))[1]
    {(1, 0): array([2., 3.]), (0, 1): 4}
    """
    stream = io.BytesIO(body)
    head = json.loads(stream.readline())
    count = 0

    def value(shape: Any) -> Any:
        nonlocal count
        count += 1
        if count > LEAVES or (isinstance(shape, int) and abs(shape) >= 2**63):
            raise ValueError("too much")
        if shape is None:
            return _array(stream)
        if isinstance(shape, int | float):
            return shape
        if isinstance(shape, list):
            return tuple(value(entry) for entry in shape)
        if "list" in shape:
            return [value(entry) for entry in shape["list"]]
        keys = [tuple(key) if isinstance(key, list) else key for key in shape["keys"]]
        return dict(zip(keys, map(value, shape["values"]), strict=True))

    return head, value(head.pop("value"))


def _array(stream: io.BytesIO) -> Any:
    """One array in npy format 1.0, of numbers; no memory is asked for beyond what has arrived."""
    if npy.read_magic(stream) != (1, 0):
        raise ValueError("another format")
    shape, fortran, dtype = npy.read_array_header_1_0(stream)
    if dtype.kind not in "biufc" or min(shape, default=0) < 0:
        raise ValueError("no numbers")
    size = math.prod(shape) * dtype.itemsize
    data = stream.read(size) if size <= FRAME else b""
    flat = np.frombuffer(data, dtype, count=math.prod(shape)) if size else np.zeros(0, dtype)
    return flat.reshape(shape, order="F" if fortran else "C").copy()


def write_frame(stream: BinaryIO, body: bytes) -> None:
    """Send a body, its length first."""
    stream.write(len(body).to_bytes(8, "big") + body)
    stream.flush()


def read_frame(stream: BinaryIO) -> bytes:
    """Receive a body of at most `FRAME` bytes; nothing where the stream has ended."""
    size = int.from_bytes(stream.read(8), "big")
    if size > FRAME:
        raise ValueError("too long")
    body = stream.read(size)
    return body if len(body) == size else b""


# -- the student's code --------------------------------------------------------------------------------


def load(source: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The names that a file leaves when it is run, not as `__main__`, and the first `failure` on the way.

    A statement that fails is passed over: it may draw a picture, or call the marker in a cell of a notebook.
    """
    module = sys.modules["solution"] = ModuleType("solution")
    module.__file__ = name
    statements, failed = ast.parse(source, name).body, dict[str, Any]()
    future = [s for s in statements if isinstance(s, ast.ImportFrom) and s.module == "__future__"]
    for statement in statements:
        try:
            exec(compile(ast.Module([*future, statement], []), name, "exec"), vars(module))
        except Exception as error:
            failed = failed or failure(error, source, name)
    return vars(module), failed


def failure(error: BaseException, source: str, name: str) -> dict[str, Any]:
    """An exception in the student's code, by its name, its text and the line where it came from."""
    kind = type(error).__name__
    try:
        text = str(error)[:500]
    except BaseException:
        text = ""
    line = error.lineno if isinstance(error, SyntaxError) else None
    for frame in traceback.extract_tb(error.__traceback__):
        line = frame.lineno if frame.filename == name else line
    lines = source.splitlines()
    code = lines[line - 1].strip() if line and line <= len(lines) else ""
    return {"error": kind, "text": text, "line": line, "code": code[:200]}


def answer(names: dict[str, Any], body: bytes, source: str, name: str) -> bytes:
    """The reply to a request: what the function returns, or what went wrong."""
    head, arguments = unpack(body)
    sent = [quadratic(**a) if isinstance(a, dict) and "matrix" in a else a for a in arguments]
    function = names.get(head["call"])
    if not callable(function):
        return pack({"error": "missing"})
    try:
        return pack({}, function(*sent))
    except BaseException as error:
        return pack(failure(error, source, name))


def quadratic(matrix: Any, minimum: Any) -> Any:
    """The gradient of a quadratic, matrix (θ − minimum): an argument that is a function, made anew here."""
    return lambda theta: matrix @ (theta - minimum)


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Load the file that the first frame holds, and answer until the stream ends."""
    first, _ = unpack(read_frame(requests))
    source, name = first["source"], first["name"]
    try:
        names, failed = load(source, name)
    except BaseException as error:
        write_frame(replies, pack(failure(error, source, name)))
        return
    write_frame(replies, pack({"failed": failed}))
    while body := read_frame(requests):
        write_frame(replies, answer(names, body, source, name))


# -- limits --------------------------------------------------------------------------------------------


def limit(memory: int, seconds: int) -> None:
    """Bound processor time and the memory to come; forbid files and processes, where there is `resource`.

    Windows has not: there the marker's clock and the length of a frame are the only limits.
    """
    try:
        import resource
    except ImportError:
        return
    pages = 0  # in use already; a library may have reserved more than it needs
    with suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory += pages * resource.getpagesize()
    most = {"AS": memory, "CPU": seconds, "FSIZE": 0, "CORE": 0, "NPROC": 0}
    for which, value in most.items():
        with suppress(ValueError, OSError):  # macOS refuses some of them
            resource.setrlimit(getattr(resource, f"RLIMIT_{which}"), (value, value))


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Python asks this before it opens, imports or starts something: refuse what no assignment needs.

    It stops mistakes and simple tricks, not an attacker who brings machine code. It is not what keeps the
    marks honest: they are made in another process.
    """
    if event == "import" and str(arguments[0]).partition(".")[0] == "sobolev_ref":
        raise ImportError(
            "sobolev_ref is not there while a solution is marked; import it below "
            "`if __name__ == '__main__':`, where you compare with it"
        )
    if event == "open" and not isinstance(arguments[0], int):
        path = os.path.realpath(os.fsdecode(arguments[0] or ""))
        if arguments[2] & WRITES or path.startswith(PACKAGE + os.sep):
            raise PermissionError(f"a solution may not open {os.path.basename(path)}")
    if event.startswith(REFUSED):
        raise PermissionError(f"a solution may not call {event}")


if __name__ == "__main__":
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):  # what the student's code prints goes nowhere
        os.dup2(nothing, descriptor)
    limit(int(sys.argv[3]), int(sys.argv[4]))
    sys.addaudithook(refuse)
    serve(requests, replies)
