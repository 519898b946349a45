"""Every error code is met by some test, and its sentence has no gap.

Each problem that comes into being while tests run is noted here, with the errors that it carries (cells of a file,
fields of a record). A sentence that lacks one of its facts fails the test that met it. With `--every-code`, given by
`make test`, a run in which nobody met a code of an errors.yaml fails as a whole and names it.
A code that only another process raises is noted by the test that read its sentence there: `note(code, facts)`.
"""

import contextlib
from collections.abc import Generator, Iterator, Mapping
from string import Formatter
from typing import Any

import pytest

from perennial.http import imports
from perennial.kernel import LANGUAGES, Problem, text, texts

MET: set[str] = set()
GAPS: dict[str, set[str]] = {}  # code -> placeholders that stayed empty, since the last look
_elsewhere: set[str] = set()  # met by the other test processes


def note(code: str, facts: Mapping[str, Any]) -> None:
    """This code was met with these facts; errors inside them count, too."""
    MET.add(code)
    for template in texts().get(code, {}).values():
        wanted = {name.split(".")[0].split("[")[0] for _, name, _, _ in Formatter().parse(template) if name}
        if gaps := {name for name in wanted if name not in facts}:
            GAPS.setdefault(code, set()).update(gaps)
    for inner in _inside(facts):
        note(inner["code"], {"path": inner.get("path"), **inner.get("facts", {})})


def _inside(facts: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for value in facts.values():
        for one in value if isinstance(value, list | tuple) else [value]:
            if isinstance(one, Mapping) and isinstance(one.get("code"), str):
                yield one


def _watch() -> None:
    born = Problem.__init__

    def noted(self: Problem, code: str, *, path: str | None = None, **facts: Any) -> None:
        born(self, code, path=path, **facts)
        note(code, {**facts, "path": path})

    Problem.__init__ = noted


_watch()


@contextlib.contextmanager
def refused(code: str, chinese: str, *, path: str | None = None) -> Generator[None]:
    """The block is refused with this code, at this path, in this Chinese sentence; and there is an English one."""
    with pytest.raises(Problem) as caught:
        yield
    told = (caught.value.code, caught.value.path, text(caught.value, "zh"))
    assert told == (code, path, chinese)
    assert text(caught.value, "en") not in (code, chinese)


def sentence(code: str, facts: Mapping[str, Any]) -> str:
    """What a person reads of an error that stands in a report; there is an English sentence, too."""
    problem = Problem(code, **facts)
    assert text(problem, "en") not in (code, text(problem, "zh"))
    return text(problem, "zh")


def told(report: dict[str, Any]) -> dict[str, Any]:
    """The report of an import: each of its problems has a sentence in which row, column and value stand."""
    for one in report["problems"]:
        value = (one["samples"] or [None])[0]
        for language in LANGUAGES:
            sentence = imports._sentence(one, one["first"], value, language)
            template = texts()[one["code"]][language]
            facts = {"row": one["first"], "column": one.get("column") or one.get("field"), "value": value}
            absent = {name for name, fact in facts.items() if f"{{{name}}}" in template and str(fact) not in sentence}
            assert not absent, f"{one['code']}: {sentence} lacks {absent}"
    return report


@pytest.fixture(autouse=True)
def _whole_sentences() -> Iterator[None]:
    """No error that the test met has a text with a gap."""
    GAPS.clear()
    yield
    assert not GAPS, f"error texts lack these facts: {GAPS}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-code", action="store_true", help="fail unless every error code was met by some test")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _elsewhere.update(getattr(node, "workeroutput", {}).get("met", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["met"] = sorted(MET)
    elif session.config.getoption("every_code") and session.exitstatus == pytest.ExitCode.OK and unmet():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.getoption("every_code"):
        for code in unmet():
            terminalreporter.write_line(f"no test meets the error {code}", red=True)


def unmet() -> list[str]:
    return sorted(set(texts()) - MET - _elsewhere)
