"""Compile the firmware's kernels for the desktop. Their C types live in fastcore/_*.pxd."""

from Cython.Build import cythonize
from setuptools import Extension, setup

FLAGS = ["-O3", "-fwrapv", "-ffp-contract=off"]
KERNELS = ["soc", "ecm", "kalman", "health", "reach"]
LOOPS = ["batch", "cell"]

setup(
    ext_modules=cythonize(
        [Extension(f"fastcore._{k}", [f"firmware/kernels/{k}.py"], extra_compile_args=FLAGS) for k in KERNELS]
        + [Extension(f"fastcore.{k}", [f"fastcore/{k}.pyx"], extra_compile_args=FLAGS) for k in LOOPS],
        language_level=3,
        build_dir="build/c",
    ),
)
