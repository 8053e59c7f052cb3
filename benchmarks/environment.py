"""Where the benchmarks run: threads, versions, processor, and its kind.

A table holds for one kind of processor: the same functions of NumPy cost several times as much on another.
`kind` names it by the instructions that NumPy found, and with `without_avx512` a child of this process is of
the other kind.

`limit_threads` comes before NumPy, PyTorch or JAX is imported: each reads its number of threads
from the environment when it is loaded. Nothing here imports them at the top for that reason.
"""

import os
import platform
from importlib import metadata
from pathlib import Path

PACKAGES = (
    "sobolev_ref",
    "numpy",
    "scipy",
    "torch",
    "jax",
    "jaxlib",
    "jenn",
    "smt",
    "scikit-learn",
    "threadpoolctl",
)
VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def limit_threads(n: int, *, bind: bool = True) -> str:
    """Give this process n threads of BLAS, PyTorch and XLA, and where it can be had, n processors.

    Without `bind` it may run on any processor, as one does where CPU seconds count and others run too.

    Returns
    -------
    str
        What was done, for the table's head.
    """
    for name in VARIABLES:
        os.environ[name] = str(n)
    os.environ["JAX_PLATFORMS"] = "cpu"
    os.environ["JAX_ENABLE_X64"] = "1"
    if n == 1:  # beyond one, XLA takes the processors of the affinity below
        flags = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false".strip()
    if not bind:
        return f"{n}, on any processor"
    if not hasattr(os, "sched_setaffinity"):
        return f"{n} (by environment variables; this system cannot bind a process to processors)"
    processors = sorted(os.sched_getaffinity(0))[-n:]
    os.sched_setaffinity(0, processors)
    return f"{n}, the process bound to {len(processors)} of {os.cpu_count()} processors"


def _found() -> list[str]:
    """The instructions that NumPy found beyond those that it takes for granted."""
    import numpy as np

    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    found: list[str] = simd.get("found", [])  # which is left out where it is empty
    return found


def _avx512(feature: str) -> bool:
    return feature == "X86_V4" or feature.startswith("AVX512")


def kind() -> str:
    """The kind of this processor, for NumPy: avx512, avx2, or the machine's name.

    Its results stand in the folder of that name.
    """
    found = _found()
    if any(map(_avx512, found)):
        return "avx512"
    return "avx2" if {"X86_V3", "AVX2"} & set(found) else platform.machine()


def without_avx512() -> dict[str, str]:
    """The environment in which NumPy, OpenBLAS, PyTorch, its libraries and XLA leave AVX-512 alone."""
    return os.environ | {
        "NPY_DISABLE_CPU_FEATURES": " ".join(filter(_avx512, _found())),
        "OPENBLAS_CORETYPE": "Haswell",
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_max_isa=AVX2".strip(),
    }


def limit_loaded_libraries(n: int) -> None:
    """The same once more through the libraries' own calls, now that they are loaded."""
    try:
        import threadpoolctl

        threadpoolctl.threadpool_limits(n)
    except ImportError:
        pass
    try:
        import torch

        torch.set_num_threads(n)
    except ImportError:
        pass


def describe(threads: str) -> dict[str, str]:
    """What the numbers depend on: versions, BLAS, processor, threads."""
    facts = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            facts[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            facts[name] = "not installed"
    facts["BLAS"] = _blas()
    facts["SIMD"] = ", ".join(_found()) or "no more than NumPy takes for granted"
    facts["processor"] = _processor()
    facts["threads"] = threads
    facts["load"] = _load()
    return facts


def _blas() -> str:
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return "unknown (threadpoolctl is not installed)"
    seen = {
        f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}".strip()
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    }
    return ", ".join(sorted(seen))


def _load() -> str:
    if not hasattr(os, "getloadavg"):
        return "unknown"
    return (
        f"{os.getloadavg()[0]:.1f} processes in the minute before, on {os.cpu_count()} processors"
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return f"{line.partition(':')[2].strip()} ({platform.machine()})"
    return platform.processor() or platform.machine()
