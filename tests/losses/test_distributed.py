"""The loss on two Dask processes and on two MPI ranks: the same training, a killed worker included.

Skipped where the extra `distributed` is not installed; CI installs it.
"""

import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref.losses.distributed import dask_loss, mpi_loss

NET = sr.MLP((1, 8, 1))
THETA = NET.init(0) + 0.1


def make_loss():
    """Nothing in it is symmetric: Adam would blow up the rounding of a gradient that is exactly zero."""
    rule = sr.gauss_legendre([(-1, 2)], 40)
    return sr.SobolevLoss(NET, np.sin, rule, order=2, weights=(1, 0.5, 0.2))


def train(fun, steps=60, callback=None):
    options = {"maxiter": steps, "learning_rate": 1e-2, "gtol": 0.0}
    return minimize(fun, THETA, jac=True, method=sr.adam, callback=callback, options=options)


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        )
        with cluster, distributed.Client(cluster) as connected:
            yield connected


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_dask_on_two_processes(client):
    fun, alone = dask_loss(make_loss(), client), make_loss()
    (value, gradient), (v, g) = fun(THETA), alone(THETA)
    assert value == pytest.approx(v, rel=1e-13)
    np.testing.assert_allclose(gradient, g, rtol=0, atol=1e-13 * np.abs(g).max())
    np.testing.assert_allclose(train(fun).x, train(alone).x, rtol=0, atol=1e-10)
    held = client.has_what()
    assert sum(len(parts) > 0 for parts in held.values()) == 2  # a part stays on each worker


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_worker_killed_in_mid_training_changes_nothing(client):
    fun = dask_loss(make_loss(), client)
    victims = []

    def kill_once(intermediate_result):
        if intermediate_result.nit == 20:
            pids = client.run(os.getpid)
            victims.append(min(pids.values()))
            os.kill(victims[0], 9)

    fit = train(fun, callback=kill_once)
    assert victims and fit.nit == 60 and fit.status == 1
    np.testing.assert_allclose(fit.x, train(make_loss()).x, rtol=0, atol=1e-10)


class Unreliable:
    """A client of one worker that is lost the first times it is asked."""

    def __init__(self, losses):
        self.left, self.scattered = losses, 0

    def scatter(self, part, hash):
        self.scattered += 1
        return part

    def submit(self, function, *arguments, pure):
        return function(*arguments)

    def gather(self, results):
        self.left -= 1
        if self.left >= 0:
            raise OSError("lost")
        return results

    def wait_for_workers(self, n):
        pass


@pytest.mark.slow
def test_retries_are_counted():
    pytest.importorskip("distributed")
    client = Unreliable(2)
    assert dask_loss(make_loss(), client, 1, retries=2)(THETA)[0] == make_loss()(THETA)[0]
    assert client.scattered == 3  # once at first, and once after each loss
    for retries in (0, 2):
        with pytest.raises(OSError, match="^lost$"):
            dask_loss(make_loss(), Unreliable(retries + 1), 1, retries=retries)(THETA)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_what_a_part_raises_is_raised_here(client):
    with pytest.raises(ValueError, match="theta: got shape"):
        dask_loss(make_loss(), client)(THETA[1:])
    with pytest.raises(ValueError, match="n: got 0"):
        dask_loss(make_loss(), client, 0)
    with pytest.raises(ValueError, match="retries: got -1"):
        dask_loss(make_loss(), client, retries=-1)


@pytest.mark.slow
def test_mpi_on_two_ranks(tmp_path):
    pytest.importorskip("mpi4py")
    mpiexec = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which(
        "mpiexec"
    )
    if mpiexec is None:
        pytest.skip("no mpiexec")
    script = tmp_path / "ranks.py"
    script.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import numpy as np\n"
        "from mpi4py import MPI\n"
        "from test_distributed import make_loss, mpi_loss, train\n"
        "fit = train(mpi_loss(make_loss(), MPI.COMM_WORLD))\n"
        f"np.save({str(tmp_path)!r} + f'/theta{{MPI.COMM_WORLD.rank}}.npy', fit.x)\n"
    )
    environment = {
        **os.environ,
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
        "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
        "OPENBLAS_NUM_THREADS": "1",
    }
    run = subprocess.run(
        [mpiexec, "-n", "2", sys.executable, str(script)],
        check=False,
        timeout=120,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert run.returncode == 0, run.stderr
    one, two = (np.load(tmp_path / f"theta{rank}.npy") for rank in (0, 1))
    np.testing.assert_array_equal(one, two)  # the same bits on every rank
    np.testing.assert_allclose(one, train(make_loss()).x, rtol=0, atol=1e-10)


class OneRank:
    """A communicator of one, so that the arithmetic is tested where MPI is missing."""

    def Get_size(self):
        return 1

    def Get_rank(self):
        return 0

    def Reduce(self, mine, whole):
        whole[:] = mine

    def Bcast(self, whole):
        pass


def test_one_rank_is_the_loss():
    value, gradient = mpi_loss(make_loss(), OneRank())(THETA)
    exact, exact_gradient = make_loss()(THETA)
    assert value == exact
    np.testing.assert_array_equal(gradient, exact_gradient)


def test_what_is_no_loss_is_refused_by_name():
    for call in (lambda: mpi_loss(NET, OneRank()), lambda: dask_loss(NET, None)):
        with pytest.raises(TypeError, match="loss: got MLP, takes a SobolevLoss"):
            call()
    with pytest.raises(ValueError, match="retries: got -1"):
        dask_loss(make_loss(), None, retries=-1)
