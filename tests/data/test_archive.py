"""Files written all at once or not at all; every truncation and every flipped bit found."""

import os
import stat
import zipfile

import numpy as np
import pytest
from archives import npy, zipped
from limits import limit

from sobolev_ref.data.archive import Archive, write_archive

ARRAYS = {
    "a": np.arange(3.0),
    "b": np.array("text"),
    "c": np.array(7),
    "d": np.array([[1, 2], [3, 4]], np.int16),
    "e": np.array(["x", "yz"]),
    "f": np.zeros((0, 3)),
    "g": np.array(1j),
}


@pytest.fixture
def content(tmp_path):
    write_archive(tmp_path / "file", ARRAYS)
    return (tmp_path / "file").read_bytes()


def same(one, other):
    return list(one) == list(other) and all(
        one[k].dtype == other[k].dtype
        and one[k].shape == other[k].shape
        and one[k].tobytes() == other[k].tobytes()
        for k in one
    )


def test_what_is_written_is_read_and_numpy_reads_it_too(content, tmp_path):
    archive = Archive(content)
    assert archive.names == [*ARRAYS, "sha256"]
    assert same(archive.read_all(), ARRAYS)
    np.testing.assert_array_equal(archive.read("d"), ARRAYS["d"])
    with np.load(tmp_path / "file", allow_pickle=False) as numpy_file:
        np.testing.assert_array_equal(numpy_file["d"], ARRAYS["d"])


def test_the_same_arrays_make_the_same_bytes(content, tmp_path):
    write_archive(tmp_path / "again", ARRAYS)
    assert (tmp_path / "again").read_bytes() == content


def test_an_object_array_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        write_archive(tmp_path / "file", {"a": np.array([None])})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("parts", "options", "match"),
    [
        ([("a.txt", b"")], {}, "'a.txt' is no array"),
        (
            [("a.npy", npy(np.zeros(99999)))],
            {"compression": zipfile.ZIP_DEFLATED},
            "'a.npy' is compressed",
        ),
        ([("a.npy", b"\x93NUMPY\x02\x00")], {}, "a: not an array of version 1"),
        ([("a.npy", npy(np.zeros(4, "M8[s]")))], {}, r"a: got datetime64\[s\] entries"),
        ([("a.npy", npy(np.zeros(4, "f8,i4")))], {}, "a: got .* entries, takes numbers or"),
        ([("a.npy", npy(np.zeros(4))[:-1])], {}, r"a: an array of shape \(4,\) has not"),
        ([("a.npy", npy(np.zeros(4)) + b"0")], {}, r"a: an array of shape \(4,\) has not"),
        ([("a.npy", npy(np.array([{}]), True))], {}, "a: it holds pickled objects"),
    ],
)
def test_foreign_members_are_refused(parts, options, match):
    content = zipped([*parts, ("sha256.npy", npy(np.array("0")))], **options)
    with pytest.raises(ValueError, match=match):
        Archive(content).read("a")


def test_a_wrong_checksum_and_twins_are_refused():
    part = npy(np.zeros(1))
    with pytest.raises(ValueError, match="not have the checksum"):
        Archive(zipped([("a.npy", part), ("sha256.npy", npy(np.array("0" * 64)))])).read_all()
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zipped([("a.npy", part), ("a.npy", part)])
    with pytest.raises(ValueError, match="two of its members have one name"):
        Archive(content)


def test_a_compressed_member_of_the_same_size_is_refused():
    """The method in both of its headers set to 8, deflate; both sizes as they were."""
    content = bytearray(zipped([("a.npy", npy(np.zeros(9)))]))
    for magic, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        content[content.index(magic) + offset] = zipfile.ZIP_DEFLATED
    with pytest.raises(ValueError, match="'a.npy' is compressed"):
        Archive(bytes(content))


def test_members_that_share_their_bytes_are_refused(content):
    """An overlap: every entry of the directory moved to the first one's large body."""
    part = npy(np.zeros(1000))
    honest = zipped([("a.npy", part), ("b.npy", npy(np.zeros(1)))])
    liar = bytearray(honest)
    second = honest.index(b"PK\x01\x02", honest.index(b"PK\x01\x02") + 1)
    liar[second + 20 : second + 28] = len(honest).to_bytes(4, "little") * 2
    with pytest.raises(ValueError, match="declare more bytes than there are"):
        Archive(bytes(liar))


# -- writing ---------------------------------------------------------------------------------------------


def fails(*args, **kwargs):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("where", ["os.fsync", "os.replace", "zipfile.ZipFile.writestr"])
@pytest.mark.parametrize("old", [True, False])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, where, old):
    path = tmp_path / "file"
    if old:
        path.write_bytes(b"old")
    monkeypatch.setattr(where, fails)
    with pytest.raises(OSError, match="No space left"):
        write_archive(path, ARRAYS)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == ([b"old"] if old else [])


def test_a_full_disk(tmp_path):
    """The kernel refuses to let a file grow beyond 1000 bytes: in the middle of a write."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with limit("RLIMIT_FSIZE", 1000), pytest.raises(OSError, match="File too large"):
        write_archive(path, ARRAYS)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"old"]


def test_an_interrupt_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_archive(tmp_path / "file", ARRAYS)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="links and permissions of POSIX")
def test_links_are_followed_and_permissions_kept(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_archive(link, ARRAYS)
    assert link.is_symlink() and same(Archive(target.read_bytes()).read_all(), ARRAYS)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    for bad in (tmp_path / "nowhere" / "file", tmp_path):
        with pytest.raises(OSError, match="No such file|directory"):
            write_archive(bad, ARRAYS)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "target"]
