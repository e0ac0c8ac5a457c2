"""Compile the firmware's kernels for the desktop. Their C types live in fastcore/_*.pxd."""

import re
import runpy
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

FLAGS = ["-O3", "-fwrapv", "-ffp-contract=off"]
KERNELS = ["soc", "ecm", "spread", "kalman", "health", "road", "ahead", "reach"]
KERNELS += ["guard", "extremes", "power", "leak", "frame"]
LOOPS = ["batch", "cell", "drive_train"]
COMPILED_FROM = runpy.run_path("fastcore/sources.py")["digest"](Path())
CODE, CODE_END = "/* #### Code section: module_code ### */", "/* #### Code section: module_exttypes ### */"


def with_literals(kernel: Extension) -> Extension:
    """The kernel, in whose C the names made by const() read as their numbers: to gcc they are variables of the module,
    which any store through a pointer may change.
    """
    (c_file,) = kernel.sources
    text = Path(c_file).read_text()
    before, code, after = re.split(f"({re.escape(CODE)}.*?{re.escape(CODE_END)})", text, flags=re.DOTALL)
    module = kernel.name.rpartition(".")[2]
    source = Path(f"firmware/kernels/{module[1:]}.py").read_text()
    for name, number in re.findall(r"^(\w+) = const\((-?\d+)\)", source, re.MULTILINE):
        code = re.sub(rf"\b__pyx_v_8fastcore_{len(module)}{module}_{name}\b", f"({number})", code)
    if before + code + after != text:
        Path(c_file).write_text(before + code + after)
    return kernel


kernels = cythonize(
    [Extension(f"fastcore._{k}", [f"firmware/kernels/{k}.py"], extra_compile_args=FLAGS) for k in KERNELS],
    language_level=3,
    build_dir="build/c",
)
loops = cythonize(
    [
        Extension(
            f"fastcore.{k}",
            [f"fastcore/{k}.pyx"],
            extra_compile_args=FLAGS,
            define_macros=[("COMPILED_FROM", f'"{COMPILED_FROM}"')],
        )
        for k in LOOPS
    ],
    language_level=3,
    build_dir="build/c",
)
setup(ext_modules=[with_literals(kernel) for kernel in kernels] + loops)
