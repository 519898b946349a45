"""The house's rules that no tool checks: doors, error codes, clocks, broad excepts, names of other places."""

import ast
import functools
import re
import subprocess
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from string import Formatter

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "perennial"
ROOMS = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists())
PROBLEMS = ("Invalid", "Denied", "Missing", "Conflict", "Busy", "Broken")

# where a broad except is right: the HTTP edge, the job edge, a channel's send, an event of the other side
BROAD_EXCEPTS = ("http/", "jobs/", "messages/channels", "messages/deliver.py", "connect/decide.py", "connect/stream.py")


def none(wrong: Mapping[str, object] | Collection[str]) -> None:
    """Nothing is wrong; else every line of it is shown."""
    lines = [f"{key}: {value}" for key, value in wrong.items()] if isinstance(wrong, Mapping) else sorted(wrong)
    assert not wrong, "\n".join(["", *lines])


@functools.cache
def trees() -> dict[str, ast.Module]:
    """Path within the package -> syntax tree."""
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def exported(room: str) -> set[str]:
    """The names that a room's `__init__.py` lists in `__all__`."""
    for node in trees()[f"{room}/__init__.py"].body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return set(ast.literal_eval(node.value))
    return set()


def imports(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """(line, module, name) of each import of ours; name is '' for `import module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "perennial":
            for alias in node.names:
                yield node.lineno, node.module, alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "perennial":
                    yield node.lineno, alias.name, ""


def test_a_room_is_entered_only_through_the_names_that_its_door_exports() -> None:
    wrong: list[str] = []
    for path, tree in trees().items():
        own = path.split("/")[0]
        for line, module, name in imports(tree):
            room = module.split(".")[1] if "." in module else name
            if room == own or room not in ROOMS:
                continue
            if module.count(".") > 1:
                wrong.append(f"{path}:{line} enters {module} past its door")
            elif module.count(".") == 1 and name and name not in exported(room):
                wrong.append(f"{path}:{line} {name} is not exported by {room}")
            elif module.count(".") == 0 and not name:
                wrong.append(f"{path}:{line} imports the whole package")
    none(wrong)


def test_attributes_of_an_imported_room_are_exported_by_it() -> None:
    wrong: list[str] = []
    for path, tree in trees().items():
        own = path.split("/")[0]
        rooms = {name for _, module, name in imports(tree) if module == "perennial" and name in ROOMS and name != own}
        hidden = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)} | {
            node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                room = node.value.id
                if room in rooms - hidden and node.attr not in exported(room) | {"__name__", "__file__"}:
                    wrong.append(f"{path}:{node.lineno} {room}.{node.attr}")
    none(wrong)


# --- error codes


def raised() -> dict[str, str]:
    """Code -> where it is raised: the first argument of a problem, when it is a text."""
    found: dict[str, str] = {}
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if called in PROBLEMS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                found[first.value] = f"{path}:{node.lineno}"
    return found


@functools.cache
def written() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in sorted((*PACKAGE.glob("*/errors.yaml"), *PACKAGE.glob("*/*/errors.yaml"))):
        for code, texts in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items():
            assert code not in found, f"{code} stands twice"
            prefix, room = code.split(".")[0], path.parent
            assert prefix == room.name or (room / prefix).is_dir(), f"{code} stands in another room's file {path}"
            found[code] = texts
    return found


def mentioned() -> set[str]:
    """Every text constant in the package and in its SQL that looks like a code: a table or SQL may choose some."""
    code = re.compile(r"\b[a-z_]+\.[a-z_0-9]+\b")
    texts = [
        node.value
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    texts += [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.sql")]
    return {found for text in texts for found in code.findall(text)}


def test_every_error_code_has_a_text_in_both_languages() -> None:
    missing = {code: where for code, where in raised().items() if set(written().get(code, ())) != {"zh", "en"}}
    none(missing)
    incomplete = [code for code, texts in written().items() if set(texts) != {"zh", "en"} or not all(texts.values())]
    none(incomplete)


def test_every_text_belongs_to_a_code_that_can_be_raised() -> None:
    known = mentioned()
    # f"imports.several_{kind}s": the room vouches for what it computes with tests of its own
    starts = tuple(
        str(node.values[0].value)
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        and isinstance(node.values[0], ast.Constant)
        and re.match(r"[a-z]+\.[a-z_]*$", str(node.values[0].value))
    )
    none([code for code in written() if code not in known and not code.startswith(starts)])


def test_both_languages_name_the_same_facts() -> None:
    def facts(text: str) -> set[str]:
        # hint_zh in one and hint_en in the other are one fact
        names = (name for _, name, _, _ in Formatter().parse(text) if name is not None)
        return {name.split(".")[0].removesuffix("_zh").removesuffix("_en") for name in names}

    none([code for code, texts in written().items() if facts(texts["zh"]) != facts(texts["en"])])


def test_chinese_texts_keep_to_the_house_tone() -> None:
    # UX 15: no exclamation, no formula of failure, full-width marks between Chinese characters
    banned = re.compile(r"[!！]|操作失败|系统繁忙|登陆|帐号|稍后再试|进行|成功|[一-鿿][,;:?]")
    none({code: texts["zh"] for code, texts in written().items() if banned.search(texts["zh"])})


# --- clocks and excepts


def test_no_room_asks_the_system_for_business_time() -> None:
    wrong: list[str] = []
    for path, tree in trees().items():
        if path.startswith(("kernel/", "demo/")):  # the demo's lived history ends today, on any day
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                asked = f"{ast.unparse(node.func.value)}.{node.func.attr}"
                if re.search(r"\b(datetime|date)\.(now|today|utcnow)$|^time\.(time|localtime|gmtime)$", asked):
                    wrong.append(f"{path}:{node.lineno} {asked}()")
    none(wrong)


def test_sql_takes_business_time_from_the_transaction() -> None:
    # now() and current_date are the server's; kernel.now(), kernel.today() and the binds are the workspace's;
    # clock_timestamp() says openly that it means physical time (login throttle, stalled jobs, retries)
    asked = re.compile(r"(?<![\w.])(now\(\)|current_date|current_timestamp|localtimestamp)", re.I)
    wrong = [
        f"{path.relative_to(PACKAGE)}:{number} {line.strip()[:80]}"
        for path in sorted(PACKAGE.rglob("*.sql"))
        if path.parts[len(PACKAGE.parts)] != "kernel"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if asked.search(line.split("--")[0])
    ]
    none(wrong)


def test_a_broad_except_stands_only_at_the_edges() -> None:
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        and not path.startswith(BROAD_EXCEPTS)
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))  # cleans up and passes it on
    ]
    none(wrong)


# --- the repository


@functools.cache
def tracked() -> list[Path]:
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git work tree")
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_no_tracked_file_names_the_host_of_a_package_registry() -> None:
    hosts = re.compile(
        r"(?:files\.)?pypi(?:thonhosted)?\.org|registry\.npm" + r"js\.org|npm" + r"mirror\.com|registry\.yarn"
        r"pkg\.com|mirrors?\.(?:aliyun|tuna|ustc|cloud|huawei)|index-url\s*=|--index-url\s+http",
        re.I,
    )
    wrong: list[str] = []
    for path in tracked():
        if path == Path(__file__) or path.suffix in (".png", ".xlsx", ".xls", ".woff2", ".ico"):
            continue
        found = hosts.search(path.read_text(encoding="utf-8", errors="ignore"))
        if found:
            wrong.append(f"{path.relative_to(ROOT)}: {found.group()}")
    none(wrong)


def test_source_files_stay_readable_in_one_sitting() -> None:
    long = {
        path: lines
        for path in (*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.sql"))
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    none(long)


def test_every_room_in_the_code_map_exists_and_the_other_way_round() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    mapped = {name for row in re.findall(r"^\| (`[^|]+) \|", text, re.M) for name in re.findall(r"`(\w+)/", row)}
    none(set(ROOMS) - mapped)
