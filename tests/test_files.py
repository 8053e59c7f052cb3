"""Files given to `load`: refused with ValueError or OSError, no code run, nothing left behind.

Truncations, flipped bits, pickles and bombs are in test_storage.
"""

import os
import threading
import zipfile

import numpy as np
import pytest
from archives import fields, members, npy, sealed, zipped
from hypothesis import given
from hypothesis import strategies as st

import sobolev_ref as sr

NET = sr.MLP((1, 2, 1))
THETA = NET.init(0)
SCALER = sr.Standardizer([1.0], [2.0], [3.0], [0.1])


def saved(path):
    """A file of `save` with everything in it."""
    sr.save(path, NET, THETA, scaler=SCALER, metadata={"note": "é"})
    return path


@pytest.fixture
def path(tmp_path):
    return saved(tmp_path / "net.npz")


ELSEWHERE = ("../x", "/etc/x", "a/../../x", "C:\\x", "..\\x", "", ".", "a\0b")


@pytest.mark.parametrize("name", [*ELSEWHERE, "meta", "theta/theta", "theta.npy"])
def test_names_of_other_places_are_refused(path, name):
    """No member is ever written to a disk; a name that is none of save's is refused all the same."""
    before = sorted(os.listdir(path.parent))
    parts = {**members(path), name + ".npy": npy(np.zeros(1))}
    path.write_bytes(zipped([*parts.items()]))
    with pytest.raises(ValueError, match="cannot be read as a file of save"):
        sr.load(path)
    assert sorted(os.listdir(path.parent)) == before


@pytest.mark.parametrize("key", ["../x", "/etc/x", "C:\\x", "", "a\nb", "x" * 201])
def test_metadata_that_save_would_not_write_is_refused(path, key):
    """With a right checksum: only the name is wrong."""
    path.write_bytes(sealed({**members(path), f"meta/{key}": np.array(1)}))
    with pytest.raises(ValueError, match="metadata: got the key"):
        sr.load(path)


def test_twins_are_refused(path):
    parts = list(members(path).items())
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped([*parts, parts[4]])
    path.write_bytes(content)
    with pytest.raises(ValueError, match="two of its members have one name"):
        sr.load(path)


def test_a_zip_in_a_zip_and_a_bomb_of_text(path):
    inner = path.read_bytes()
    for parts, options in (
        ([("net.npz", inner)], {}),
        ([("net.npz.npy", inner)], {}),
        ([("format.npy", b"0" * 10**7)], {"compression": zipfile.ZIP_DEFLATED}),
        ([("format.npy", b"0" * 10**6)], {"compression": zipfile.ZIP_LZMA}),
    ):
        path.write_bytes(zipped(parts, **options))
        with pytest.raises(ValueError, match="cannot be read as a file of save"):
            sr.load(path)


@pytest.mark.skipif(os.name == "nt", reason="pipes, links and devices of POSIX")
def test_what_is_no_file_is_refused_at_once(tmp_path):
    """A pipe that nobody writes to must not be waited for."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "to_pipe").symlink_to(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "to_nothing").symlink_to(tmp_path / "nothing")
    refused = []

    def load_all():
        for name in ("pipe", "folder", "to_pipe", "loop", "to_nothing", "/dev/zero", "/dev/null"):
            try:
                sr.load(tmp_path / name)
            except (ValueError, OSError) as error:
                refused.append(error)

    thread = threading.Thread(target=load_all, daemon=True)
    thread.start()
    thread.join(10)
    assert len(refused) == 7 and not thread.is_alive()


@pytest.mark.skipif(os.name == "nt", reason="pipes and devices of POSIX")
def test_what_is_no_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(OSError, match="not a regular file or directory"):
            sr.save(tmp_path / name, NET, THETA)
    assert sorted(os.listdir(tmp_path)) == ["folder", "pipe"]


@given(st.data())
def test_bytes_changed_moved_and_repeated(tmp_path_factory, data):
    """Any damage: the same content, ValueError, and nothing else."""
    folder = tmp_path_factory.getbasetemp() / "damage"
    folder.mkdir(exist_ok=True)
    path = saved(folder / "net.npz")
    content, expected = bytearray(path.read_bytes()), fields(sr.load(path))
    for _ in range(data.draw(st.integers(1, 4))):
        a, b = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
        piece = content[a:b]
        at = data.draw(st.integers(0, len(content)))
        how = data.draw(st.sampled_from(["cut", "repeat", "overwrite", "random"]))
        if how == "cut":
            del content[a:b]
        elif how == "repeat":
            content[at:at] = piece
        elif how == "overwrite":
            content[at : at + len(piece)] = piece
        else:
            content[at : at + 4] = data.draw(st.binary(min_size=4, max_size=4))
    path.write_bytes(content)
    try:
        same = fields(sr.load(path)) == expected
    except ValueError:
        same = True
    assert same and os.listdir(folder) == ["net.npz"]
