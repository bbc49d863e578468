"""Our packages as read from their files, never run: modules, what they import, how long they are."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("engine", "trainer", "msg_studio")


@dataclass(frozen=True)
class Import:
    """One import, wherever it stands in the file.

    Attributes:
        target: Module of ours, or dotted name of a foreign one.
        line: Line number.
        type_only: Whether it stands under `if TYPE_CHECKING`.
    """

    target: str
    line: int
    type_only: bool


@dataclass(frozen=True)
class Function:
    """A function and its length in lines."""

    name: str
    line: int
    length: int


@dataclass(frozen=True)
class Module:
    """One source file."""

    name: str
    path: Path
    length: int
    imports: tuple[Import, ...]
    functions: tuple[Function, ...]

    @property
    def package(self) -> str:
        """engine, trainer or msg_studio."""
        return self.name.split(".")[0]


@dataclass(frozen=True)
class SourceTree:
    """All modules of the three packages, by dotted name."""

    root: Path
    modules: dict[str, Module]

    def of_package(self, package: str) -> list[Module]:
        """The modules of one package."""
        return [module for module in self.modules.values() if module.package == package]

    def our_imports(self, module: Module) -> Iterator[Import]:
        """Those imports of a module that lead to our own packages."""
        return (found for found in module.imports if found.target.split(".")[0] in PACKAGES)

    def loaded_by(self, module: Module) -> Iterator[str]:
        """Our modules that run when this one and its functions run: targets and their parent packages."""
        for found in self.our_imports(module):
            parts = found.target.split(".")
            if not found.type_only:
                yield from (".".join(parts[: size + 1]) for size in range(len(parts)))


def read_tree(root: Path) -> SourceTree:
    """Parse every file of the three packages below a root folder."""
    paths = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    names = {module_name(path, root): path for path in paths}
    return SourceTree(root, {name: read_module(name, path, set(names)) for name, path in names.items()})


def module_name(path: Path, root: Path) -> str:
    """Dotted name of a file; a package goes by its folder."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def read_module(name: str, path: Path, known: set[str]) -> Module:
    """Parse one file; `known` are the names of all our modules."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source, str(path))
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    functions = (
        Function(node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    imports = find_imports(tree, package, known, type_only=False)
    return Module(name, path, len(source.splitlines()), tuple(dict.fromkeys(imports)), tuple(functions))


def find_imports(node: ast.AST, package: str, known: set[str], *, type_only: bool) -> Iterator[Import]:
    """All imports below a node, those by name at run time included."""
    for child in ast.iter_child_nodes(node):
        inside = type_only or (isinstance(node, ast.If) and is_type_checking(node) and child in node.body)
        for target in import_targets(child, package, known):
            yield Import(target, getattr(child, "lineno", 0), inside)
        yield from find_imports(child, package, known, type_only=inside)


def is_type_checking(node: ast.If) -> bool:
    """Whether a condition is TYPE_CHECKING, plain or as typing.TYPE_CHECKING."""
    return ast.unparse(node.test).split(".")[-1] == "TYPE_CHECKING"


def import_targets(node: ast.AST, package: str, known: set[str]) -> Iterator[str]:
    """The modules one statement or call imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = absolute_base(node, package)
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            yield inner if inner in known else base
    elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in (
        "import_module",
        "__import__",
    ):
        yield from (
            part.value
            for part in node.args[:1]
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        )


def absolute_base(node: ast.ImportFrom, package: str) -> str:
    """What `from ... import` names, dots resolved."""
    if node.level == 0:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])
