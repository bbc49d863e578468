"""The rules of the house, each a function from the source tree to the breaches it finds."""

import re
import sys
from collections.abc import Callable, Iterator

from tests.source_tree import PACKAGES, Import, Module, SourceTree

MAY_IMPORT = {
    "engine": {"engine"},
    "trainer": {"trainer", "engine"},
    "msg_studio": {"msg_studio", "engine"},
}

FLOORS = {
    0: "errors progress timing records preferences timecode ucs assets cues atomic_file "
    "frames orders answers protocol sync_map_file adapter_cards loudness",
    1: "checkpoint nn features",
    2: "media cavp codec generator project",
    3: "clip shots onsets steady_sound contact_evidence event_detection "
    "step_range feature_cache sound_side embedding agreement takes scoring generation "
    "regeneration memory_shortage take_variety leak_detection take_sound event_by_hand "
    "rendering heatmaps export class_choice scratch model_store adapter_file take_maker",
    4: "session foley server server_work",
    5: "cli",
}
FLOOR_OF = {part: floor for floor, parts in FLOORS.items() for part in parts.split()}
APART = 2  # the folders of this floor do not import each other
TRAINER_CEILING = 3

LIGHT_LIBRARIES = {"numpy"}
LIGHT_LIBRARIES_OF = {
    "project": {"numpy", "pydantic", "platformdirs"},
    "adapter_cards": {"platformdirs"},
    "protocol": {"numpy", "pydantic"},
}
WINDOW_LIBRARIES = {
    "PySide6",
    "shiboken6",
    "pyqtgraph",
    "superqt",
    "qtawesome",
    "sounddevice",
    "miniaudio",
}
TORCH_LIBRARIES = {"torch", "torchaudio", "transformers", "webdataset", "tensorboard"}
WINDOW_MEDIA = {f"engine.media.{name}" for name in ("video_reader", "audio_file", "mux", "proxy")}

LONGEST_FILE = 400
LONGEST_FUNCTION = 80
GRAB_BAG = re.compile(r"(^|_)(utils?|helpers?|common|misc|managers?|handlers?)$")


def direction(tree: SourceTree) -> Iterator[str]:
    """Engine knows nobody; trainer and studio know the engine only."""
    for module in tree.modules.values():
        for found in tree.our_imports(module):
            if found.target.split(".")[0] not in MAY_IMPORT[module.package]:
                yield breach(module, found, f"{module.package} must not know {found.target.split('.')[0]}")


def engine_floors(tree: SourceTree) -> Iterator[str]:
    """A module of the engine stands on a floor and imports from no higher one."""
    for module in tree.of_package("engine"):
        own = part_of(module.name)
        if own and own not in FLOOR_OF:
            yield f"{module.name} stands on no floor: place {own!r} in FLOORS of tests/import_rules.py"
            continue
        for found in tree.our_imports(module):
            if not may_climb(own, part_of(found.target)):
                yield breach(
                    module, found, f"{floor_name(own)} must not reach {floor_name(part_of(found.target))}"
                )


def may_climb(own: str, other: str) -> bool:
    """Whether one part of the engine may import another."""
    if own == other or not other:
        return True
    floor, other_floor = FLOOR_OF.get(own, 0), FLOOR_OF.get(other, 0)
    if own == "project":
        return other_floor == 0
    return other_floor < floor or (other_floor == floor and floor != APART)


def part_of(name: str) -> str:
    """File or folder directly below `engine`; empty for the package itself and for others."""
    parts = name.split(".")
    return parts[1] if parts[0] == "engine" and len(parts) > 1 else ""


def floor_name(part: str) -> str:
    """A part with its floor, for messages."""
    return f"{part or 'engine/__init__'} (floor {FLOOR_OF.get(part, 0)})"


def light_floor(tree: SourceTree) -> Iterator[str]:
    """Floor 0 needs numpy at most; the project format and the protocol little more."""
    for module in tree.of_package("engine"):
        part = part_of(module.name)
        allowed = LIGHT_LIBRARIES_OF.get(part, LIGHT_LIBRARIES)
        if part not in ("", "project") and FLOOR_OF.get(part) != 0:
            continue
        for found in foreign_imports(module):
            if found.target.split(".")[0] not in allowed:
                yield breach(module, found, "too heavy for this floor")


def foreign_imports(module: Module) -> Iterator[Import]:
    """Imports that are neither ours nor of the standard library."""
    ours = {*PACKAGES, *sys.stdlib_module_names}
    return (found for found in module.imports if found.target.split(".")[0] not in ours)


def trainer_ceiling(tree: SourceTree) -> Iterator[str]:
    """The trainer works with floors 0 to 3, never with the session, its server or the command line."""
    for module in tree.of_package("trainer"):
        for found in tree.our_imports(module):
            if FLOOR_OF.get(part_of(found.target), 0) > TRAINER_CEILING:
                yield breach(module, found, f"the trainer stops at floor {TRAINER_CEILING}")


def no_window_libraries(tree: SourceTree) -> Iterator[str]:
    """Engine and trainer run without Qt and without a sound device."""
    for module in (*tree.of_package("engine"), *tree.of_package("trainer")):
        for found in foreign_imports(module):
            if found.target.split(".")[0] in WINDOW_LIBRARIES:
                yield breach(module, found, "no window or sound device here")


def window_reach(tree: SourceTree) -> Iterator[str]:
    """The window uses floor 0, the project format and four media modules."""
    for module in tree.of_package("msg_studio"):
        for found in tree.our_imports(module):
            part = part_of(found.target)
            light = part == "project" or FLOOR_OF.get(part, 0) == 0
            if found.target.startswith("engine") and not light and found.target not in WINDOW_MEDIA:
                yield breach(module, found, "ask the engine process instead")


def no_torch_in_window(tree: SourceTree) -> Iterator[str]:
    """No chain of imports leads from the window to torch."""
    for module in tree.of_package("msg_studio"):
        chain = chain_to_torch(tree, module.name)
        if chain:
            yield f"{module.name} reaches torch: {' -> '.join(chain)}"


def chain_to_torch(tree: SourceTree, start: str) -> list[str]:
    """The shortest chain of run-time imports from a module to torch, empty when there is none."""
    chains = [[start]]
    seen = {start}
    for chain in chains:
        module = tree.modules.get(chain[-1])
        if module is None:
            continue
        for found in foreign_imports(module):
            if found.target.split(".")[0] in TORCH_LIBRARIES and not found.type_only:
                return [*chain, found.target]
        fresh = dict.fromkeys(name for name in tree.loaded_by(module) if name not in seen)
        seen.update(fresh)
        chains.extend([*chain, name] for name in fresh)
    return []


def no_cycles(tree: SourceTree) -> Iterator[str]:
    """No module imports itself by a detour."""
    edges = {
        name: {found.target for found in tree.our_imports(module)} & set(tree.modules)
        for name, module in tree.modules.items()
    }
    while edges:  # peel off what imports nothing that is left; a rest is cycles and what hangs on them
        leaves = {name for name, targets in edges.items() if not targets & set(edges)}
        if not leaves:
            yield f"import cycle: {' -> '.join(walk_round(edges))}"
            return
        edges = {name: targets for name, targets in edges.items() if name not in leaves}


def walk_round(edges: dict[str, set[str]]) -> list[str]:
    """One cycle in a graph where every node leads on."""
    path = [min(edges)]
    while path[-1] not in path[:-1]:
        path.append(min(edges[path[-1]] & set(edges)))
    return path[path.index(path[-1]) :]


def sizes(tree: SourceTree) -> Iterator[str]:
    """Files and functions stay short enough to read."""
    for module in tree.modules.values():
        if module.length > LONGEST_FILE:
            yield f"{module.path} has {module.length} lines, {LONGEST_FILE} are allowed: split it by noun"
        for function in module.functions:
            if function.length > LONGEST_FUNCTION:
                yield (
                    f"{module.path}:{function.line} {function.name} has {function.length} lines, "
                    f"{LONGEST_FUNCTION} are allowed"
                )


def file_names(tree: SourceTree) -> Iterator[str]:
    """No grab bags, and no `packaging` package that hides the library of that name."""
    folders = [tree.root / name for name in (*PACKAGES, "tests", "packaging")]
    for path in (path for folder in folders for path in sorted(folder.rglob("*"))):
        if (path.suffix == ".py" or path.is_dir()) and GRAB_BAG.search(path.stem):
            yield f"{path} is a grab bag: name it after what it holds"
    if (tree.root / "packaging" / "__init__.py").exists():
        yield "packaging/__init__.py hides the library `packaging`: remove it"


def folders_of_tests(tree: SourceTree) -> Iterator[str]:
    """Every folder of tests is a package, else pytest takes tests/engine for engine."""
    folders = {path.parent for path in (tree.root / "tests").rglob("*.py")}
    for folder in sorted(folders):
        if not (folder / "__init__.py").exists():
            yield f"{folder} has no __init__.py"


def breach(module: Module, found: Import, reason: str) -> str:
    """One line: where, what, why not."""
    return f"{module.path}:{found.line} {module.name} imports {found.target}: {reason}"


Rule = Callable[[SourceTree], Iterator[str]]
RULES: tuple[Rule, ...] = (
    direction,
    engine_floors,
    light_floor,
    trainer_ceiling,
    no_window_libraries,
    window_reach,
    no_torch_in_window,
    no_cycles,
    sizes,
    file_names,
    folders_of_tests,
)
