"""`python -m sobolev_ref` as its user meets it: options, output, exit status, Ctrl-C."""

import io
import signal
import sys
from dataclasses import replace
from itertools import count

import pytest

import sobolev_ref
from sobolev_ref import paper
from sobolev_ref.__main__ import main
from sobolev_ref.paper import command as main_job

FIGURES = ["figure_1_fit.png", "figure_2_loss.png", "figure_3_fit.png", "figure_4_loss.png"]


@pytest.mark.slow
def test_a_short_run_prints_its_tables_and_draws_its_figures(tmp_path, capsys):
    assert main_job.main(["--epochs", "500", "--out", str(tmp_path), "--seed", "1"]) == 0
    out = capsys.readouterr().out
    assert sorted(p.name for p in tmp_path.iterdir()) == FIGURES
    for text in [
        "Table 1: f(x) = sin(x)",
        "Table 2: f(x) = exp(-x)",
        "seed 1",
        "Gauss-Legendre",
        "1.055382e+00",
        "7.705443e-03",
        "9.057900e-05",
        "at or below",
        "sup |u - f|",
        "sup |u' - f'|",
        "everywhere, proved: the integral over Omega is",
        "(training) to within",
        "(quadrature)",
        "both examples took",
        "rows after epoch 500 were not trained",
        "1 of 1",
        "Theorem 5, where it holds",
        "condition",
    ]:
        assert text in out
    assert "\r" not in out and "\x1b" not in out  # no progress line when piped


@pytest.mark.slow
def test_the_exit_status_tells_of_a_row_above_the_papers(tmp_path, capsys, monkeypatch):
    worse = replace(paper.EXPONENTIAL, table=(1.0, 1e-30))
    monkeypatch.setattr(main_job, "EXAMPLES", (worse,))
    assert main_job.main(["--epochs", "500", "--out", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "ABOVE" in out and "0 of 1" in out


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.slow
def test_no_row_reached_is_no_success_and_a_terminal_gets_a_progress_line(tmp_path, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(main_job, "EPOCHS", 3)
    monkeypatch.setattr(main_job, "perf_counter", count(0.0, 0.2).__next__)  # an epoch is slow
    assert main_job.main(["--epochs", "3", "--out", str(tmp_path)]) == 1
    out = screen.getvalue()
    assert "0 of 0" in out and "not trained" not in out  # nothing was left out of three epochs
    assert "epoch 2 of 3, loss" in out and "\r\x1b[K" in out


def test_a_folder_that_cannot_be_made_is_told_before_training(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert main_job.main(["--out", str(tmp_path / "file" / "figures")]) == 2
    assert "--out: cannot make the folder" in capsys.readouterr().err


@pytest.mark.slow
def test_ctrl_c_says_what_was_done_and_leaves_no_half_figure(tmp_path, interruptible):
    process = interruptible("-m", "sobolev_ref", "--out", str(tmp_path))
    for line in process.stdout:
        if line.startswith("    500"):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "of 5000 of example 1" in out and "figures written before: none" in out and err == ""
    assert not list(tmp_path.iterdir())


def test_an_interrupt_in_the_middle_of_a_training(tmp_path, capsys, monkeypatch):
    def interrupted(example, on_epoch, **options):
        on_epoch(7, 1.0)
        raise KeyboardInterrupt

    monkeypatch.setattr(main_job, "train", interrupted)
    assert main_job.main(["--out", str(tmp_path)]) == 130
    out = capsys.readouterr().out
    assert "interrupted at epoch 7 of 5000 of example 1" in out and "before: none" in out


@pytest.mark.parametrize("argument", [["--epochs", "-1"], ["--seed", "x"], ["--bogus"]])
def test_bad_arguments(argument, capsys):
    with pytest.raises(SystemExit) as error:
        main_job.main(argument)
    assert error.value.code == 2 and "usage: python -m sobolev_ref" in capsys.readouterr().err


def test_words_that_are_no_command_are_told_the_commands(capsys):
    """E: `python -m sobolev_ref foo`."""
    assert main(["foo"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(
        "python -m sobolev_ref: got 'foo', takes lab or claims, or nothing for the"
    )
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"sobolev_ref {sobolev_ref.__version__}\n"


def test_an_interrupt_while_a_command_is_imported_is_one_line(capsys, monkeypatch):
    def interrupted(name):
        raise KeyboardInterrupt

    monkeypatch.setattr("sobolev_ref.__main__.import_module", interrupted)
    assert main(["claims"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_help(capsys):
    with pytest.raises(SystemExit) as error:
        main_job.main(["--help"])
    assert error.value.code == 0
    out = capsys.readouterr().out
    assert all(option in out for option in ("--out", "--seed", "--epochs"))
