"""An app as files: a folder per kind, a YAML file per definition."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from perennial.apps.kinds import KINDS, Kind
from perennial.kernel import Invalid, Problem, Tx

BUNDLED = Path(__file__).parent.parent / "bundled"


@dataclass(frozen=True, slots=True)
class App:
    """Definitions by kind and key, as `load` of their room gave them."""

    name: str
    definitions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    def of(self, kind: Kind) -> Mapping[str, Any]:
        return self.definitions.get(kind.name, {})


def load(folder: Path) -> App:
    """Read an app's files.

    errors   Invalid, whose path names the file and the place in it: not YAML, an unknown folder, a misspelt attribute
    """
    if not folder.is_dir():
        raise Invalid("apps.no_folder", path=str(folder), folder=str(folder))
    known = {kind.folder for kind in KINDS}
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.name.startswith(".") and path.name not in known:
            raise Invalid("apps.unknown_folder", path=path.name, folder=path.name)
    about = _read(folder / "app.yaml") if (folder / "app.yaml").exists() else {}
    menu = list(about.get("menu", ()))
    return App(
        str(about.get("app", folder.name)), {kind.name: _load(kind, folder / kind.folder, menu) for kind in KINDS}
    )


def _load(kind: Kind, folder: Path, menu: list[str]) -> dict[str, Any]:
    """What the app's menu names stands first, in its order: navigation shows forms as they were published."""
    found: dict[str, Any] = {}
    place_of = {key: place for place, key in enumerate(menu)}
    for path in sorted(folder.glob("*.yaml"), key=lambda path: (place_of.get(path.stem, len(menu)), path.name)):
        place = f"{kind.folder}/{path.name}"
        tree = _read(path, place)
        key = kind.key(tree)
        if key in found:
            raise Invalid("apps.twice", path=place, key=key)
        try:
            found[key] = kind.load(tree)
        except Problem as problem:
            problem.path = f"{place}: {problem.path or ''}".rstrip(": ")
            raise
    return found


def _read(path: Path, place: str = "") -> Mapping[str, Any]:
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Invalid("apps.not_yaml", path=place or path.name, file=place or path.name, detail=str(error)) from None
    if not isinstance(tree, Mapping):
        raise Invalid("apps.not_yaml", path=place or path.name, file=place or path.name, detail="")
    return cast("Mapping[str, Any]", tree)


def current(tx: Tx, name: str = "workspace") -> App:
    """What is in force, as an app."""
    definitions: dict[str, dict[str, Any]] = {}
    for kind in KINDS:
        definitions[kind.name] = {kind.key(kind.dump(one)): one for one in kind.current(tx)}
    return App(name, definitions)


def export(tx: Tx, folder: Path) -> int:
    """Write what is in force as files; return how many. `load` of the folder gives equal definitions."""
    app = current(tx)
    written = 0
    for kind in KINDS:
        if not app.of(kind):
            continue
        place = folder / kind.folder
        place.mkdir(parents=True, exist_ok=True)
        for stale in place.glob("*.yaml"):
            if stale.stem not in app.of(kind):
                stale.unlink()
        for key, definition in app.of(kind).items():
            text = yaml.safe_dump(kind.dump(definition), allow_unicode=True, sort_keys=False, width=120)
            (place / f"{key}.yaml").write_text(text, encoding="utf-8")
            written += 1
    return written
