"""Files written all at once or not at all."""

import os
import stat

import pytest
from limits import limit

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
        with pytest.raises(OSError, match="No such file|directory"):
            write(bad)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "target"]
