"""`save` and `load`: the same bits back, or `ValueError` with the reason; never code from the file."""

import io
import os
import pickle
import tracemalloc
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from archives import fields, members, npy, sealed, zipped
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS

import sobolev_ref as sr
from sobolev_ref.data.storage import VERSION

NET = sr.MLP((1, 2, 1))
THETA = NET.init(0)
SCALER = sr.Standardizer([1.0], [2.0], [3.0], [0.1])


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "net.npz"
    sr.save(path, NET, THETA, scaler=SCALER, metadata={"note": "é"})
    return path


METADATA = st.dictionaries(
    st.text(st.characters(exclude_characters="/\\:", exclude_categories=("C", "Z")), min_size=1),
    st.one_of(
        st.text().filter(lambda s: not s.endswith("\0")),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False),
        st.complex_numbers(allow_nan=False),
        st.lists(st.floats(allow_nan=False, width=32)).map(lambda v: np.array(v, np.float32)),
        st.lists(st.text(st.characters(exclude_characters="\0")), min_size=1).map(np.array),
    ),
    max_size=4,
)


@given(
    st.lists(st.integers(1, 6), min_size=2, max_size=5),
    st.sampled_from(list(sr.ACTIVATIONS)),
    st.booleans(),
    METADATA,
    SEEDS,
)
def test_a_round_trip_to_the_same_bits(
    tmp_path_factory, widths, activation, scaled, metadata, seed
):
    path = tmp_path_factory.getbasetemp() / "round_trip.npz"
    rng = np.random.default_rng(seed)
    net = sr.MLP(widths, activation)
    theta = net.init(rng) * 10.0 ** rng.integers(-300, 300)
    theta[0] = -0.0
    scaler = None
    if scaled:
        scaler = sr.Standardizer.from_data(rng.normal(size=(5, net.d)), rng.normal(size=(5, net.m)))
    sr.save(path, net, theta, scaler=scaler, metadata=metadata)
    saved = sr.load(path)
    expected = sr.Saved(net, theta, scaler, metadata)
    assert fields(saved) == fields(expected)
    assert [type(v) for v in saved.metadata.values()] == [type(v) for v in metadata.values()]


def test_a_loaded_network_answers_as_the_saved_one(path):
    saved = sr.load(str(path))
    x = np.linspace(0, 1, 5)
    ours = saved.scaler.model(saved.model).derivatives(saved.theta, x, 3)
    for alpha, values in SCALER.model(NET).derivatives(THETA, x, 3).items():
        assert ours[alpha].tobytes() == values.tobytes()
    assert os.listdir(path.parent) == ["net.npz"]
    sr.save(path, NET, 2 * THETA)  # in place of the old one
    assert (sr.load(path).theta == 2 * THETA).all() and sr.load(path).scaler is None


LINEAR = {
    "hidden layers": sr.LinearModel.from_mlp(
        sr.MLP((2, 5, 4, 3), "gelu"), sr.MLP((2, 5, 4, 3)).init(0)
    ),
    "random": sr.LinearModel.random(6, [(-1, 3), (0, 0.5)], 4, "sin", 3.0, m=2),
    "legendre": sr.LinearModel.polynomial(4, [(0, 1), (-2, 0.1)], m=2),
    "chebyshev": sr.LinearModel.polynomial(7, [(0, 1)], kind="chebyshev"),
    "fourier": sr.LinearModel.fourier(2, [(0, 0.3), (-2, 1)], m=3),
}


@pytest.mark.parametrize("kind", LINEAR)
def test_a_linear_model_comes_back_to_the_same_bits(tmp_path, kind):
    """E10: it could not be saved."""
    model, rng = LINEAR[kind], np.random.default_rng(0)
    theta, x = rng.normal(size=model.n_parameters), rng.uniform(0, 0.3, (5, model.d))
    scaler = sr.Standardizer.from_data(x, rng.normal(size=(5, model.m)))
    for own in (None, scaler):
        sr.save(tmp_path / "model.npz", model, theta, scaler=own, metadata={"kind": kind})
        saved = sr.load(tmp_path / "model.npz")
        assert replace(saved.model, features=model.features) == model
        assert saved.metadata == {"kind": kind} and (saved.theta == theta).all()
        answering = model if own is None else own.model(model)
        for alpha, values in answering.derivatives(theta, x, 2).items():
            assert saved.derivatives(x, 2)[alpha].tobytes() == values.tobytes()
        content = (tmp_path / "model.npz").read_bytes()
        sr.save(tmp_path / "model.npz", saved.model, theta, scaler=own, metadata={"kind": kind})
        assert (tmp_path / "model.npz").read_bytes() == content


@pytest.mark.parametrize(
    ("kind", "changes", "match"),
    [
        ("fourier", {"box": np.zeros((2, 2))}, "bounds: got"),
        ("fourier", {"degree": np.array(10**9)}, "bounds, n: got at least .* features"),
        ("legendre", {"degree": np.array(10**9)}, "bounds, degree: got at least .* features"),
        ("legendre", {"degree": np.array(2.0)}, "degree: got 2.0"),
        ("legendre", {"outputs": np.array(-1)}, "m: got -1"),
        ("legendre", {"widths": np.array([1, 1])}, "'widths' is not one of save's"),
        ("chebyshev", {"theta": np.zeros(9)}, r"theta: got shape \(9,\), takes shape \(8,\)"),
        (
            "hidden layers",
            {"frozen": np.zeros(3)},
            r"frozen: got shape \(3,\), takes shape \(54,\)",
        ),
        ("hidden layers", {"frozen": np.zeros(54, "f4")}, "frozen: got float32, takes float64"),
        ("hidden layers", {"box": np.zeros((2, 2))}, "'box' is not one of save's"),
    ],
)
def test_features_of_a_file_are_not_trusted(tmp_path, kind, changes, match):
    """E10: with a right checksum; what is refused is the meaning."""
    path, model = tmp_path / "model.npz", LINEAR[kind]
    sr.save(path, model, np.zeros(model.n_parameters))
    changed = {name + ".npy": npy(array) for name, array in changes.items()}
    path.write_bytes(sealed({**members(path), **changed}))
    with pytest.raises(ValueError, match=match):
        sr.load(path)


KEPT = {
    "a": np.arange(3.0),
    "b": np.array([[1, 2], [3, 4]], np.int16),
    "c": np.array(["x", "yz"]),
    "d": np.zeros((0, 3)),
    "e": np.asfortranarray(np.ones((2, 3))),
    "f": np.full(2, 1j),
}


def test_numpy_reads_it_too_and_the_same_content_gives_the_same_bytes(path):
    sr.save(path, NET, THETA, metadata=KEPT)
    with np.load(path, allow_pickle=False) as numpys:
        np.testing.assert_array_equal(numpys["theta"], THETA)
        for key, array in KEPT.items():
            np.testing.assert_array_equal(numpys["meta/" + key], array)
            assert numpys["meta/" + key].dtype == array.dtype
    content = path.read_bytes()
    sr.save(path, NET, THETA, metadata=sr.load(path).metadata)
    assert path.read_bytes() == content


def test_a_failure_in_the_archive_leaves_the_old_file_and_nothing_else(path, monkeypatch):
    def fails(*args):
        raise OSError(28, "No space left on device")

    content = path.read_bytes()
    monkeypatch.setattr("zipfile.ZipFile.writestr", fails)
    with pytest.raises(OSError, match="No space left"):
        sr.save(path, NET, 2 * THETA)
    assert path.read_bytes() == content and os.listdir(path.parent) == ["net.npz"]


def test_every_truncation_is_refused(path):
    with open(path, "r+b") as file:
        for n in reversed(range(path.stat().st_size)):
            file.truncate(n)
            with pytest.raises(ValueError, match="cannot be read as a file of save"):
                sr.load(path)


@pytest.mark.slow
def test_every_flipped_bit_is_found_or_changes_nothing(path):
    """One bit in every byte, which one goes round: the same content, or ValueError."""
    content, expected, refused = path.read_bytes(), fields(sr.load(path)), 0
    with open(path, "r+b", buffering=0) as file:
        for n, byte in enumerate(content):
            file.seek(n)
            file.write(bytes([byte ^ 1 << (n % 8)]))
            try:
                assert fields(sr.load(path)) == expected
            except ValueError:
                refused += 1
            file.seek(n)
            file.write(bytes([byte]))
    # the rest are dates and attributes, which mean nothing here
    assert refused > 0.7 * len(content)


@given(st.binary(max_size=300))
def test_random_bytes_are_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "random"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="cannot be read as a file of save"):
        sr.load(path)


class Bomb:
    """Unpickled, it would call `exploded`."""

    def __reduce__(self):
        return exploded, ()


EXPLOSIONS = []


def exploded():
    EXPLOSIONS.append(1)


def test_no_pickle_is_ever_loaded(path):
    bomb = np.empty(NET.n_parameters, object)
    bomb[:] = [Bomb()] * NET.n_parameters
    np.load(io.BytesIO(npy(bomb, True)), allow_pickle=True)
    assert EXPLOSIONS  # it does explode where pickles are loaded
    EXPLOSIONS.clear()
    parts = members(path)
    for name in parts:
        changed = {**parts, name: npy(bomb, True)}
        path.write_bytes(zipped([*changed.items()]) if "sha" in name else sealed(changed))
        with pytest.raises(ValueError, match="it holds pickled objects, which are never read"):
            sr.load(path)
    for content in (pickle.dumps(Bomb()), npy(bomb, True)):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="not a zip file"):
            sr.load(path)
    assert not EXPLOSIONS
    parts["theta.npy"] = npy(THETA)[:-48] + pickle.dumps(Bomb())[:48].ljust(48)
    path.write_bytes(zipped([*parts.items()]))
    with pytest.raises(ValueError, match="checksum"):
        sr.load(path)
    assert not EXPLOSIONS


def liar(shape):
    """A small array whose header declares another shape."""
    return npy(np.zeros(1)).replace(b"(1,), }" + b" " * 40, f"{shape}, }}".encode().ljust(47))


BOMBS = {
    "compressed": (
        {"theta.npy": np.zeros(10**6)},
        {"compression": zipfile.ZIP_DEFLATED},
        "is compressed, takes plain members",
    ),
    "header": (
        {"widths.npy": liar("(1000000000000,)")},
        {},
        "widths: an array of shape .* has not",
    ),
    "overflow": ({"format.npy": liar(f"({2**62}, {2**62})")}, {}, "format: an array of shape"),
    "widths": ({"widths.npy": np.full(9, 10**8)}, {}, "theta: got shape"),
    "theta": ({"theta.npy": np.zeros(10**6)}, {}, "theta: got shape .1000000,., takes shape .7,."),
    "metadata": ({"meta/x.npy": liar("(1000000000,)")}, {}, "meta/x: an array of shape"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_what_declares_more_than_it_is_allocates_nothing(path, kind):
    """The checksum is right, whatever the rest is."""
    changes, options, match = BOMBS[kind]
    content = sealed({**members(path), **changes}, **options)
    path.write_bytes(content)
    tracemalloc.start()
    with pytest.raises(ValueError, match=match):
        sr.load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * len(content) + 10**6


def test_a_large_file_is_refused_before_it_is_read(path):
    with open(path, "r+b") as file:
        file.truncate(2**34)  # 16 GB on paper, nothing on the disk
    tracemalloc.start()
    with pytest.raises(ValueError, match="takes at most max_bytes = 100,000"):
        sr.load(path, max_bytes=100_000)
    assert tracemalloc.get_traced_memory()[1] < 10**6
    tracemalloc.stop()


def arrays(**changes):
    entries = {
        "format": np.array("sobolev_ref"),
        "version": np.array(VERSION),
        "widths": np.array([1, 2, 1]),
        "activation": np.array("tanh"),
        "theta": THETA,
    } | changes
    return {name: array for name, array in entries.items() if array is not None}


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"format": np.array("other")}, "its format is 'other', takes 'sobolev_ref'"),
        ({"format": None}, "it has no 'format'"),
        ({"theta": None}, "it has no 'theta'"),
        ({"version": np.array(3)}, "it is of a newer version, 3; this reads up to 2"),
        (
            {"version": np.array(3), "features": np.array("splines")},
            "it is of a newer version, 3; this reads up to 2",
        ),
        (
            {"features": np.array("splines")},
            "its features are 'splines', takes hidden layers, legendre, chebyshev, fourier$",
        ),
        ({"features": np.array("fourier")}, "it has no 'box'"),
        ({"features": np.array("hidden layers")}, "it has no 'frozen'"),
        ({"frozen": np.zeros(7)}, "'frozen' is not one of save's"),
        ({"version": np.array(0)}, "version: got 0"),
        ({"version": np.array("1")}, "version: got '1'"),
        ({"widths": np.array([1])}, "widths: got"),
        ({"widths": np.array([1.0, 2.0, 1.0])}, "widths: got 1.0"),
        ({"widths": np.array([1, -2, 1])}, "widths: got -2"),
        ({"activation": np.array("step")}, "activation: got 'step', takes 'tanh'"),
        ({"activation": np.array(["tanh"] * 2)}, "size 1"),
        ({"theta": THETA[1:]}, r"theta: got shape \(6,\), takes shape \(7,\)"),
        ({"theta": np.zeros(2000)}, r"theta: got shape \(2000,\), takes shape \(7,\)"),
        ({"theta": THETA.astype(np.float32)}, "theta: got float32, takes float64"),
        ({"theta": THETA[None]}, r"theta: got shape \(1, 7\)"),
        ({"theta": THETA * np.nan}, "theta: got 7 NaN"),
        ({"theta": THETA.view(np.int64)[:0].astype("c16")}, "theta: got complex128"),
        ({"extra": np.array(1)}, "'extra' is not one of save's"),
        ({"x_scale": np.ones(1)}, "it has 'x_scale', but not all of"),
        (
            {k: np.ones(2) for k in ("x_shift", "x_scale", "y_shift", "y_scale")},
            r"model: got \(d, m\) = \(1, 1\), takes the scaler's \(2, 2\)",
        ),
        (
            {k: np.zeros(1) for k in ("x_shift", "x_scale", "y_shift", "y_scale")},
            "x_scale: got",
        ),
    ],
)
def test_foreign_and_newer_files_are_refused(tmp_path, changes, match):
    """All with a right checksum: what is refused is the meaning."""
    path = tmp_path / "file.npz"
    path.write_bytes(sealed(arrays()))
    assert (sr.load(path).theta == THETA).all()
    path.write_bytes(sealed(arrays(**changes)))
    with pytest.raises(ValueError, match=match):
        sr.load(path)


NPY = npy(np.zeros(4))


@pytest.mark.parametrize(
    ("part", "match"),
    [
        (b"\x93NUMPY\x02\x00", "meta/a: not an array of version 1"),
        (npy(np.zeros(4, "M8[s]")), r"meta/a: got datetime64\[s\] entries"),
        (npy(np.zeros(4, "f8,i4")), "meta/a: got .* entries, takes numbers or strings"),
        (NPY[:-1], r"meta/a: an array of shape \(4,\) has not 159 bytes"),
        (NPY + b"0", r"meta/a: an array of shape \(4,\) has not 161 bytes"),
        (npy(np.array([{}]), True), "meta/a: it holds pickled objects"),
    ],
)
def test_foreign_arrays_are_refused(path, part, match):
    """All with a right checksum: what is refused is the array."""
    path.write_bytes(sealed({**members(path), "meta/a": part}))
    with pytest.raises(ValueError, match=match):
        sr.load(path)


def a_text(parts):
    return zipped([*parts.items(), ("a.txt", b"")])


def deflated(parts):
    """The method in both of its headers set to 8, deflate; both sizes as they were."""
    content = bytearray(zipped([*parts.items()]))
    for magic, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        content[content.index(magic) + offset] = zipfile.ZIP_DEFLATED
    return bytes(content)


def overlapping(parts):
    """An entry of the directory that declares the whole file as its own."""
    content = bytearray(zipped([*parts.items()]))
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 1)
    content[second + 20 : second + 28] = len(content).to_bytes(4, "little") * 2
    return bytes(content)


@pytest.mark.parametrize(
    ("damage", "match"),
    [
        (a_text, "'a.txt' is no array"),
        (deflated, "'format.npy' is compressed, takes plain members"),
        (overlapping, "its members declare more bytes than there are"),
        (lambda parts: zipped([*{**parts, "meta/a.npy": NPY}.items()]), "not have the checksum"),
    ],
)
def test_foreign_members_are_refused(path, damage, match):
    path.write_bytes(damage(members(path)))
    with pytest.raises(ValueError, match=match):
        sr.load(path)


def test_numpys_own_archives_and_odd_places_are_refused(tmp_path):
    np.savez(tmp_path / "foreign.npz", W=np.ones(3))
    with pytest.raises(ValueError, match="it has no checksum 'sha256', so save did not write it"):
        sr.load(tmp_path / "foreign.npz")
    with pytest.raises(ValueError, match="not a regular file"):
        sr.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        sr.load(tmp_path / "nothing.npz")
    with pytest.raises(TypeError):
        sr.load(0)


OWN = replace(sr.ACTIVATIONS["tanh"], name="own")
LEGENDRE = sr.LinearModel.polynomial(6, [(0, 1)])
OWN_FEATURES = lambda a, T: np.concatenate([T.padded(a)] * 7, axis=-1)
UNWRITTEN = (
    "^model: its features are functions of your own, or .* or keep theta alone by numpy.save$"
)
IMPOSTOR = replace(sr.ACTIVATIONS["sin"], name="tanh")


@pytest.mark.parametrize(
    ("model", "theta", "options", "error", "match"),
    [
        (sr.MLP((1, 2, 1), OWN), THETA, {}, ValueError, "'own' is not the one of the table, and a"),
        (sr.MLP((1, 2, 1), IMPOSTOR), THETA, {}, ValueError, "'tanh' is not the one of the table"),
        (
            SCALER.model(NET),
            THETA,
            {},
            TypeError,
            "got ScaledModel, takes an MLP or a LinearModel; for scaler.model",
        ),
        (sr.LinearModel(OWN_FEATURES, 7, (1, 1)), THETA, {}, TypeError, UNWRITTEN),
        (replace(LEGENDRE, bias=True), np.zeros(8), {}, TypeError, UNWRITTEN),
        (
            sr.LinearModel.from_mlp(sr.MLP((1, 2, 1), OWN), THETA),
            np.zeros(3),
            {},
            ValueError,
            "'own' is not the one of the table",
        ),
        (LEGENDRE, THETA[1:], {}, ValueError, r"theta: got shape \(6,\), takes shape \(7,\)"),
        (NET, THETA[1:], {}, ValueError, r"theta: got shape \(6,\), takes shape \(7,\)"),
        (NET, THETA * 1j, {}, TypeError, "theta: got complex"),
        (NET, THETA, {"scaler": 2.0}, TypeError, "scaler: got float, takes a Standardizer"),
        (
            NET,
            THETA,
            {"scaler": sr.Standardizer([0, 0], [1, 1], [0], [1])},
            ValueError,
            r"takes the scaler's \(2, 1\)",
        ),
        (NET, THETA, {"metadata": [1]}, TypeError, "metadata: got list"),
        (NET, THETA, {"metadata": {1: 1}}, TypeError, "metadata: got the key 1, takes a str"),
        (
            NET,
            THETA,
            {"metadata": {"a/b": 1}},
            ValueError,
            "metadata: got the key 'a/b', takes 1 to",
        ),
        (NET, THETA, {"metadata": {"": 1}}, ValueError, "metadata: got the key ''"),
        (NET, THETA, {"metadata": {"a": None}}, TypeError, r"metadata\['a'\]: got NoneType \(obj"),
        (NET, THETA, {"metadata": {"a": {}}}, TypeError, r"metadata\['a'\]: got dict"),
        (NET, THETA, {"metadata": {"a": 2**70}}, TypeError, r"metadata\['a'\]: got int"),
        (
            NET,
            THETA,
            {"metadata": {"a": [np.ma.array([1.0, 9.0], mask=[0, 1])]}},
            TypeError,
            r"metadata\['a'\]: got a masked array",
        ),
        (NET, THETA, {"metadata": {"a": b"x"}}, TypeError, r"metadata\['a'\]: got bytes"),
        (
            NET,
            THETA,
            {"metadata": {"a": np.longdouble(1)}},
            TypeError,
            r"metadata\['a'\]: got long",
        ),
        (NET, THETA, {"metadata": {"a": [1, [2]]}}, ValueError, r"'a'\]: not a rectangular array"),
        (
            NET,
            THETA,
            {"metadata": {"a": ["x", 1]}},
            ValueError,
            "got 1, which .* back as '1', takes",
        ),
        (NET, THETA, {"metadata": {"a": np.ma.zeros(2)}}, TypeError, "masked array"),
    ],
)
def test_what_cannot_be_written_is_refused_before_any_file_is_touched(
    tmp_path, model, theta, options, error, match
):
    path = tmp_path / "file.npz"
    path.write_bytes(b"old")
    with pytest.raises(error, match=match):
        sr.save(path, model, theta, **options)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["file.npz"]


@pytest.mark.parametrize(
    ("value", "got", "kept"),
    [
        ("x\0", r"'x\\x00'", "'x'"),
        (["x", np.nan], "nan", "'nan'"),
        ([0.5, 2**53 + 1], "9007199254740993", r"9007199254740992\.0"),
        ((0.5, np.int64(2**53 + 1)), r"(np.int64\()?9007199254740993\)?", r"9007199254740992\.0"),
        ([[2, True]], "True", "1"),
        ([2, np.True_], r"(np\.)?True_?", "1"),
        ([2, np.array(True)], r"array\(True\)", "1"),
    ],
)
def test_a_value_that_would_come_back_changed_is_refused(tmp_path, value, got, kept):
    with pytest.raises(
        ValueError, match=f"a'\\]: got {got}, which would come back as {kept}, takes a"
    ):
        sr.save(tmp_path / "file.npz", NET, THETA, metadata={"a": value})


class Frame:
    """What `save` sees of a data frame, whose own array is of floats."""

    columns = ("id", "share")

    def __getitem__(self, name):
        return {"id": [2**53 + 1, 7], "share": [0.5, 1.0]}[name]

    def __array__(self, dtype=None, copy=None):
        return np.array([self[name] for name in self.columns], float).T


def test_a_frame_whose_whole_numbers_would_be_rounded_is_refused(tmp_path):
    with pytest.raises(ValueError, match="got 9007199254740993, which would come back as"):
        sr.save(tmp_path / "file.npz", NET, THETA, metadata={"a": Frame()})
    Frame.columns = ("share", "share")
    sr.save(tmp_path / "file.npz", NET, THETA, metadata={"a": Frame()})
    assert sr.load(tmp_path / "file.npz").metadata["a"].tolist() == [[0.5, 0.5], [1.0, 1.0]]


def test_lists_come_back_as_equal_arrays(tmp_path):
    lists = {
        "numbers": [1, 0.5, 2**53, np.float32(0.1), np.nan],
        "complex": (1, complex(np.nan, 2)),
        "truths": [[True, np.False_]],
        "whole": [2**53 + 1, np.int8(3)],
        "words": ["x", np.str_("yz")],
        "none": [],
    }
    sr.save(tmp_path / "lists.npz", NET, THETA, metadata=lists)
    kept = sr.load(tmp_path / "lists.npz").metadata
    assert {key: repr(array.tolist()) for key, array in kept.items()} == {
        "numbers": f"[1.0, 0.5, {2.0**53}, {float(np.float32(0.1))}, nan]",
        "complex": "[(1+0j), (nan+2j)]",
        "truths": "[[True, False]]",
        "whole": "[9007199254740993, 3]",
        "words": "['x', 'yz']",
        "none": "[]",
    }


def test_arguments_in_another_order_and_a_long_string(tmp_path):
    """E: the first tries with `save`, and a regressor's file, whose metadata filled the screen."""
    net, path = sr.MLP((1, 2, 1)), tmp_path / "net.npz"
    theta, scaler = net.init(0), sr.Standardizer([1.0], [2.0], [3.0], [4.0])
    for arguments, name in (((net, theta, path), "path"), ((path, theta, net), "theta")):
        with pytest.raises(TypeError, match=rf"^{name}: got .*, takes save\(path, model, theta\)"):
            sr.save(*arguments)
    sr.save(path, net, theta, scaler, metadata={"notes": "a" * 1000, "n": 3})
    saved = sr.load(path)
    assert saved([[2.0]]) == scaler.model(net)(theta, [[2.0]])
    assert len(repr(saved)) < 500 and repr(saved).endswith("…, 'n': 3})")
