"""Files written all at once or not at all."""

import os
import stat

import pytest
from limits import limit

import sobolev_ref as sr
from sobolev_ref.data.files import whole_file


def write(path, content=b"new" * 1000):
    with whole_file(path) as file:
        file.write(content)


def fails(*args, **kwargs):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("where", ["os.fsync", "os.replace"])
@pytest.mark.parametrize("old", [True, False])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, where, old):
    path = tmp_path / "file"
    if old:
        path.write_bytes(b"old")
    monkeypatch.setattr(where, fails)
    with pytest.raises(OSError, match="No space left"):
        write(path)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == ([b"old"] if old else [])


def test_a_full_disk(tmp_path):
    """The kernel refuses to let a file grow beyond 1000 bytes: in the middle of a write."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with limit("RLIMIT_FSIZE", 1000), pytest.raises(OSError, match="File too large"):
        write(path)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"old"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_what_happens_while_it_is_written_leaves_nothing_behind(tmp_path, error):
    def half():
        yield b"half of it"
        raise error

    with pytest.raises(error), whole_file(tmp_path / "file") as file:
        file.writelines(half())
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="links and permissions of POSIX")
def test_links_are_followed_and_permissions_kept(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    write(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    for bad in (tmp_path / "nowhere" / "file", tmp_path):
        with pytest.raises(OSError, match="folder is missing|directory"):
            write(bad)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "target"]


@pytest.mark.parametrize(
    "save",
    [
        write,
        lambda path: sr.save(path, sr.MLP((1, 1)), [1.0, 2.0]),
        lambda path: write(os.fspath(path)),
    ],
)
def test_an_error_names_the_path_that_was_given(tmp_path, save):
    """E9: a missing folder was told with the name of a temporary file that nobody knows."""
    path = tmp_path / "missing" / "deep" / "net.npz"
    with pytest.raises(FileNotFoundError) as caught:
        save(path)
    assert str(caught.value) == f"[Errno 2] its folder is missing; make it first: {str(path)!r}"
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file" / "net.npz", tmp_path / "file" / "deep" / "net.npz"):
        with pytest.raises(OSError, match="its folder is (a file|missing)") as caught:
            save(path)
        assert caught.value.filename == str(path)
    path = tmp_path / "folder"
    path.mkdir(mode=0o500)
    long = path / ("n" * 300)
    with pytest.raises(OSError, match="File name too long") as caught:
        save(long)
    assert caught.value.filename == str(long)
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".tmp")] == []


def test_an_error_of_opening_or_moving_names_the_path_that_was_given(tmp_path, monkeypatch):
    """E9: a folder where nothing may be written, or a place that is taken in the meantime."""

    def refuses(source, target):
        raise PermissionError(13, "Permission denied", str(source))

    monkeypatch.setattr("os.replace", refuses)
    with pytest.raises(PermissionError, match="Permission denied") as caught:
        write(tmp_path / "net.npz")
    assert caught.value.filename == str(tmp_path / "net.npz") and not list(tmp_path.iterdir())
