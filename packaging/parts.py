"""What goes into the bundle and what stays out: the rules that the spec applies, as plain data and functions."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

LARGEST = 800_000_000
"""Bytes of the unpacked bundle, at most."""

QT_MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtTest", "QtOpenGL", "QtOpenGLWidgets")
"""The Qt modules that the window or pyqtgraph imports (pyqtgraph imports QtTest and QtOpenGL with itself)."""

QT_PLUGINS = tuple(
    """
    platforms/*qxcb* platforms/*qwayland* platforms/*qoffscreen* platforms/*qwindows* platforms/*qcocoa*
    iconengines/*qsvgicon* imageformats/*qsvg* imageformats/*qico* imageformats/*qicns* platforminputcontexts/*compose*
    platforminputcontexts/*ibus* platformthemes/*xdgdesktopportal* styles/*modernwindows* styles/*qmacstyle*
    xcbglintegrations/* wayland-decoration-client/* wayland-graphics-integration-client/*egl*
    wayland-shell-integration/*xdg-shell*
""".split()
)
"""The plugins that are kept: a window on each system, keyboard input with dead keys and input methods, our icon, file dialogs."""

QT_PLATFORM_LIBRARIES = ("DBus", "XcbQpa", "WaylandClient", "WaylandEglClientHwIntegration", "WlShellIntegration")
"""Qt libraries that no module of ours imports and that a kept plugin links to."""

NOT_SHIPPED = (
    # torch's own tests, tools, headers and what only a compiler could use
    "torch/test/*",
    "torch/bin/[!t]*",
    "torch/bin/test*",
    "torch/include/*",
    "torch/share/*",
    "torch/lib/*.lib",
    "torch/lib/*.a",
    "torch/lib/*.pdb",
    "torch/lib/libshm_windows/*",
    "torch/lib/*jitbackend_test*",
    "torch/lib/*torchbind_test*",
    "torch/lib/*backend_with_compiler*",
    "torch/lib/*aoti_custom_ops*",
    "torch/utils/model_dump/*",
    "torch/utils/hipify/*",
    "torch/csrc/*",
    "torch/testing/_internal/generated/*",
    "torch/_export/serde/*.thrift",
    "torchgen/packaged/*",
    # pictures among scikit-learn's data sets, and tests (the small tables stay: a program may load them)
    "sklearn/datasets/images/*",
    "*/tests/*",
    "*/_tests/*",
    # sources and headers that compilers read
    "*.pyx",
    "*.pxd",
    "*.pyx.tp",
    "*.h",
    "*.hpp",
    "*.cuh",
    "*.cpp",
    "*.c",
    "*.f2py_f2cmap",
    "*.pyi",
    "*.cmake",
    "*/meson.build",
    "pyqtgraph/examples/*",
    "pyqtgraph/canvas/*",
    "PySide6/Qt/translations/*",
    "PySide6/Qt/qml/*",
    "PySide6/Qt/metatypes/*",
    "numpy/random/lib/*",
    "numpy/_core/include/*",
    "numpy/_core/lib/*",
)
"""Patterns of files in the bundle that nothing reads at run time."""

STRIPPED = ("torch/lib/libtorch_cpu.so", "torch/lib/libtorch_python.so", "torch/lib/libc10.so", "libpython3*")
"""Libraries of the Linux bundle whose symbol tables for debuggers are taken out (115 MB)."""

LOADED_BY_NAME = ("libdbus-1.so*", "libxcb-cursor.so*", "libssl.so*", "libcrypto.so*")
"""Libraries that are kept though no shipped file links to them: they are opened by name at run time."""

NOT_IMPORTED = (
    # under the GNU General Public License, and of no use in a window
    "readline",
    "rlcompleter",
    "gdbm",
    "_gdbm",
    "dbm.gnu",
    "tkinter",
    "_tkinter",
    "turtle",
    "turtledemo",
    "idlelib",
    "lib2to3",
    "ensurepip",
    "test",
    "pip",
    "setuptools",
    "pkg_resources",
    "_distutils_hack",
    "matplotlib",
    "pandas",
    "pyarrow",
    "IPython",
    "OpenGL",
    "tensorboard",
    "torchvision",
    "triton",
    "pytest",
    "hypothesis",
    "PyQt5",
    "PyQt6",
    "PySide2",
    "scipy.datasets",
    "sympy.testing",
    "sklearn.tests",
    "numpy.tests",
    "pyqtgraph.examples",
    "pyqtgraph.opengl",
    "pyqtgraph.canvas",
    # Pillow writes animations; it reads and writes no other format for us, draws no text and needs no profiles
    "PIL._avif",
    "PIL._imagingcms",
    "PIL._imagingft",
    "PIL._imagingmath",
    "PIL._imagingmorph",
    "PIL._imagingtk",
    "PIL._webp",
    "PIL.ImageQt",
    "PIL.ImageTk",
    "mypy",
    "mypyc",
    "sphinx",
    "pygments",
)
"""Modules that PyInstaller must not follow."""

NO_TESTS = ("jinja2.tests",)
"""Modules that are named like tests and are none."""

PRUNED = tuple(
    """
    torch._inductor torch.testing torch.distributed torch.onnx torch.utils.tensorboard torch.utils.hipify torch._export
    torch.utils.benchmark torch.utils.bottleneck torch.utils.model_dump torch.ao.quantization.pt2e torch.ao.nn.sparse
""".split()
)
"""Packages of which only those modules are shipped that ``probe.py`` sees imported (and the packages that hold them)."""

STANDARD_LIBRARY_LEFT_OUT = ("antigravity", "this", "msilib", "nis", "ossaudiodev", "spwd", "venv", "pydoc_data")
"""Modules of the standard library that a program to be recorded has no use for; see also NOT_IMPORTED."""

OTHER_PYTHONS = "for_other_pythons"
"""Folder of the bundle with what a script's own Python imports; ``engine.scripts.elsewhere`` looks for it there."""


def for_other_pythons(installed: Path) -> list[tuple[str, str]]:
    """Each file of source that the process of a recorded script needs, and its folder in the bundle: a script may run in the
    Python of its project, which cannot read what is packaged. ``installed`` holds the package as it is installed."""
    package = installed / "gradwalk"
    files = [*sorted(package.glob("*.py")), *sorted((package / "engine").rglob("*.py"))]
    return [(str(file), f"{OTHER_PYTHONS}/{file.parent.relative_to(installed).as_posix()}") for file in files]


def shipped(name: str) -> bool:
    """Whether the file ``name`` (a path in the bundle, with forward slashes) is kept."""
    if any(fnmatchcase(name, pattern) for pattern in NOT_SHIPPED):
        return False
    for folder in ("PySide6/Qt/plugins/", "PySide6/plugins/"):
        if name.startswith(folder):
            return any(fnmatchcase(name.removeprefix(folder), pattern) for pattern in QT_PLUGINS)
    if name.startswith("PySide6/"):
        return qt_file_shipped(name)
    return True


def qt_file_shipped(name: str) -> bool:
    """The same for a file of PySide6 that is no plugin: only the modules of QT_MODULES and what they link to."""
    base = name.rsplit("/", 1)[-1]
    if base.startswith(("libQt6", "Qt6")):
        module = base.removeprefix("lib").removeprefix("Qt6").split(".")[0]
        return f"Qt{module}" in QT_MODULES or module in QT_PLATFORM_LIBRARIES
    if "Qt.framework" not in name and ".framework/" in name:
        module = name.split(".framework/")[0].rsplit("/", 1)[-1]
        return module in QT_MODULES or module.removeprefix("Qt") in QT_PLATFORM_LIBRARIES
    if base.startswith("Qt") and name.count("/") == 1:
        return base.split(".")[0] in QT_MODULES
    return not base.startswith(("opengl32sw", "d3dcompiler"))


def module_shipped(module: str, needed: Iterable[str]) -> bool:
    """Whether the Python module ``module`` is kept; ``needed`` are the modules that the probe saw imported."""
    if any(part in ("tests", "_tests", "conftest") for part in module.split(".")) and module not in NO_TESTS:
        return False
    for package in PRUNED:
        if module == package or module.startswith(package + "."):
            return any(one == module or one.startswith(module + ".") for one in needed)
    return True


def left_out(folder: Path, needed: Iterable[str]) -> list[str]:
    """The modules of the package in ``folder`` that are not shipped, the outermost ones only: PyInstaller need not read them."""
    known = frozenset(needed)
    found: list[str] = []
    for path in sorted(folder.rglob("*.py"), key=lambda path: (len(path.parts), path.name != "__init__.py", path)):
        module = ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(".__init__")
        if not module_shipped(module, known):
            found.append(module)
    outside = set(found)
    return [name for name in found if not any(name.startswith(f"{one}.") for one in outside if name.startswith(one))]


def linked(files: Mapping[str, str], links: Callable[[str], Iterable[str]]) -> set[str]:
    """The names of ``files`` that are needed: those in folders, and those at the top that one of them links to, however far.

    Parameters
    ----------
    files : mapping
        Source of each shared library, by its name in the bundle.
    links : callable
        The file names of the libraries that a library (a source) links to.
    """
    top = {name: source for name, source in files.items() if "/" not in name}
    waiting = [name for name in files if "/" in name or any(fnmatchcase(name, one) for one in (*LOADED_BY_NAME, "libpython*"))]
    needed = set(waiting)
    while waiting:
        for name in links(files[waiting.pop()]):
            if name in top and name not in needed:
                needed.add(name)
                waiting.append(name)
    return needed


def standard_library() -> list[str]:
    """Names of the modules of the standard library to collect, for programs of the user that import them."""
    left_out = {*NOT_IMPORTED, *STANDARD_LIBRARY_LEFT_OUT}
    names = sorted(name for name in sys.stdlib_module_names if name not in left_out and not name.startswith("_"))
    return [name for name in names if importlib.util.find_spec(name) is not None]
