"""Where there are two cores the tests run in two processes, and nobody sees a difference."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import os, signal, pytest

@pytest.fixture(scope="module")
def process():
    return os.getpid()

def test_passes(process, capfd):
    os.system("echo of a child")
    assert process == os.getpid() and capfd.readouterr().out == "of a child\\n"

def test_fails():
    print("words of", __name__)
    if os.environ.get("ENDS") == __name__:
        os.kill(os.getpid(), signal.SIGKILL)
    assert __name__ is None

@pytest.mark.skip(reason="a reason")
def test_is_skipped():
    pass

@pytest.mark.xfail
def test_fails_as_expected():
    assert 0
"""
TWO = sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


@pytest.fixture
def tests(tmp_path):
    """Run two files of tests, one not beside conftest; the exit code and what is printed, without times."""
    here, there = tmp_path / "here", tmp_path / "there"
    for folder, name in ((here, "a"), (there, "b")):
        folder.mkdir()
        (folder / f"test_{name}.py").write_text(TESTS, encoding="utf-8")
    for name in ("conftest.py", "two_processes.py"):
        (here / name).write_bytes(Path(__file__).with_name(name).read_bytes())
    env = {k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE_", "PYTEST_"))}
    env["TMPDIR"] = str(tmp_path)

    def run(*arguments, **more):
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "here",
            "there",
            *arguments,
        ]
        done = subprocess.run(
            command, cwd=tmp_path, env=env | more, capture_output=True, text=True, check=False
        )
        return done.returncode, re.sub(r"in [\d.]+s", "", done.stdout)

    return run


@pytest.mark.slow
def test_each_report_is_that_of_one_process(tests):
    told = []
    for arguments in (("-v", "-rA"), ("-v", "-rA", "--maxfail=9")):  # the latter is in one process
        code, out = tests(*arguments)
        assert code == 1 and "2 failed, 2 passed, 2 skipped, 2 xfailed" in out
        told.append(sorted(re.findall(r"^[A-Z]+ .*|^t?here/.*(?= +\[)|^words .*", out, re.M)))
    assert told[0] == told[1] and len(told[0]) > 16


@pytest.mark.slow
@pytest.mark.skipif(not TWO, reason="there is one process")
def test_a_process_that_dies_is_told(tests):
    """Whichever of the two it is, the tests have not passed."""
    for name in ("test_a", "test_b"):
        code, out = tests(ENDS=name)
        assert code < 0 or (code == 1 and "the second process ended with status 9" in out)
