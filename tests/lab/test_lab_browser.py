"""The lab as a page of matplotlib's WebAgg server, and as a widget of a notebook.

Each is skipped where its package is missing, unless LAB_SCREEN names it, as CI does.
"""

import asyncio
import importlib.util
import json
import os
import signal
import subprocess
import sys
import urllib.request

import pytest
from test_lab_screen import REQUIRED, ROOT

from sobolev_ref.__main__ import main
from sobolev_ref.lab import command as lab_command

NOTEBOOK = """
%matplotlib widget
import asyncio
from sobolev_ref.lab.command import open_window
window = open_window()
await asyncio.sleep(0.1)
while window.frames < 3:
    await asyncio.sleep(0.1)
print(window.experiment.steps, type(window.figure.canvas).__module__)
window.toggle()
"""


def needs(*packages):
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        (pytest.fail if "webagg" in REQUIRED else pytest.skip)(f"there is no {missing}")


async def frames(address, count):
    """So many pictures of the window, each asked for as the page's script does."""
    from tornado.websocket import websocket_connect

    socket = await websocket_connect(address)
    found = []
    for kind in ("supports_binary", "send_image_mode", "refresh"):
        message = {"type": kind, "value": True, "figure_id": "1"}
        await socket.write_message(json.dumps(message))
    while len(found) < count:
        message = await socket.read_message()
        if isinstance(message, bytes):
            found.append(message)
            await socket.write_message(json.dumps({"type": "ack", "figure_id": "1"}))
        elif json.loads(message)["type"] == "draw":
            await socket.write_message(json.dumps({"type": "draw", "figure_id": "1"}))
    socket.close()
    while (
        await socket.read_message() is not None
    ):  # until the server has closed it too: none is left open
        pass
    return found


@pytest.mark.slow
def test_the_page_of_the_server_shows_the_run(tmp_path):
    needs("tornado")
    (tmp_path / "matplotlibrc").write_text("webagg.open_in_browser: False\n")
    environment = {"MATPLOTLIBRC": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    server = subprocess.Popen(
        [sys.executable, "-m", "sobolev_ref", "lab", "--browser"],
        stdout=subprocess.PIPE,
        env=os.environ | environment,
        text=True,
    )
    try:
        address = server.stdout.readline().split()[-1]
        with urllib.request.urlopen(address, timeout=60) as page:
            assert page.status == 200 and b"/_static/js/mpl_tornado.js" in page.read()
        place = address.replace("http", "ws").rstrip("/") + "/1/ws"
        first, *_, last = asyncio.run(asyncio.wait_for(frames(place, 4), 60))
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=60)
    assert first.startswith(b"\x89PNG") and last.startswith(b"\x89PNG") and first != last
    assert server.returncode == 0


@pytest.mark.slow
def test_the_window_is_a_widget_of_a_notebook():
    needs("ipympl", "ipykernel")
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(env=os.environ | {"PYTHONPATH": str(ROOT)})
    try:
        printed = []

        def hear(message):
            printed.append(message["content"].get("text", ""))

        reply = client.execute_interactive(NOTEBOOK, timeout=120, output_hook=hear)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert reply["content"]["status"] == "ok", reply["content"]
    steps, module = "".join(printed).split()
    assert int(steps) >= 60 and module == "ipympl.backend_nbagg"


def test_without_tornado_one_line_says_what_to_install(monkeypatch, capsys):
    import matplotlib.pyplot as plt

    def missing(name):
        raise RuntimeError("The WebAgg backend requires Tornado.")

    monkeypatch.setattr(plt, "switch_backend", missing)
    assert main(["lab", "--browser"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("lab: --browser: The WebAgg backend") and said.count("\n") == 1
    assert "pip install 'sobolev_ref[lab]'" in said


def test_the_help_tells_of_both(capsys):
    with pytest.raises(SystemExit):
        main(["lab", "--help"])
    said = capsys.readouterr().out
    assert "--browser" in said and lab_command.NOTEBOOK.strip() in said
