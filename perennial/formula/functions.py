"""The functions of the language, a line of data each: signature, result, SQL and examples that are tests.

In:   nothing
Out:  `functions()`; `check` reads the signatures, `compile` the SQL, `complete` and the docs the words
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from perennial.formula.typed import Volatility

Wanted = Literal[
    "number", "text", "date", "yes_no", "any", "same", "collection", "condition", "of_child", "format", "unit",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arg:
    """`same`: all so marked share a kind, the result's. `condition`, `of_child`: read in the child's scope."""

    name: str
    wants: Wanted
    optional: bool = False
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Fn:
    """A function. `sql` names a function of schema `formula`; None: `compile` knows a form of its own."""

    name: str
    zh: str
    args: tuple[Arg, ...]
    result: str  # a kind, `?` behind it when it may be blank; `same`: that of the arguments; `child`: of the third
    sql: str | None
    examples: tuple[tuple[str, str], ...]
    volatility: Volatility = "immutable"

    @property
    def least(self) -> int:
        return sum(not arg.optional for arg in self.args)

    @property
    def most(self) -> int | None:
        return None if any(arg.repeats for arg in self.args) else len(self.args)

    def arg(self, place: int) -> Arg:
        """The parameter at `place` (from 0); repeating ones go on in turn."""
        if place < len(self.args):
            return self.args[place]
        repeating = [arg for arg in self.args if arg.repeats]
        first = len(self.args) - len(repeating)
        return repeating[(place - first) % len(repeating)]


def _args(words: str) -> tuple[Arg, ...]:
    """`value number, digits number?, more number*`: `?` optional, `*` optional and repeating, `+` repeating."""
    found: list[Arg] = []
    for item in filter(None, words.split(", ")):
        name, wants = item.split(" ")
        bare = wants.rstrip("?*+")
        found.append(Arg(name, bare, wants[-1] in "?*", wants[-1] in "*+"))  # type: ignore[arg-type]
    return tuple(found)


def _fn(name: str, zh: str, args: str, result: str, sql: str | None, *examples: tuple[str, str]) -> Fn:
    volatility: Volatility = "stable" if name in ("TODAY", "NOW", "ME", "WORKDAY", "NETWORKDAYS") else "immutable"
    return Fn(name, zh, _args(args), result, sql, examples, volatility)


_ALL = (
    # logic
    _fn("IF", "如果", "condition yes_no, then same, otherwise same?", "same", None,
        ('IF(1 < 2, "yes", "no")', "yes"), ("IF(1 > 2, 5)", "")),
    _fn("IFS", "多条件", "condition yes_no+, then same+", "same", None,
        ('IFS(1 > 2, "a", 2 > 1, "b")', "b"), ('IFS(FALSE, "a")', "")),
    _fn("AND", "并且", "condition yes_no+", "yes_no", None,
        ("AND(1 < 2, 2 < 3)", "TRUE"), ("AND(TRUE, FALSE)", "FALSE")),
    _fn("OR", "或者", "condition yes_no+", "yes_no", None,
        ("OR(1 > 2, 2 < 3)", "TRUE"), ("OR(FALSE)", "FALSE")),
    _fn("NOT", "非", "condition yes_no", "yes_no", None, ("NOT(1 = 2)", "TRUE")),
    _fn("ISBLANK", "为空", "value any", "yes_no", None, ('ISBLANK("")', "TRUE"), ("ISBLANK(0)", "FALSE")),
    _fn("COALESCE", "首个非空", "value same+", "same", None, ("COALESCE(1 / 0, 7)", "7")),
    _fn("SWITCH", "匹配", "value any, case any+, result any+", "same", None,
        ('SWITCH(2, 1, "a", 2, "b", "other")', "b"), ('SWITCH(3, 1, "a", "other")', "other")),
    _fn("IN", "属于", "value any, choice any+", "yes_no", None,
        ('IN("b", "a", "b")', "TRUE"), ("IN(4, 1, 2)", "FALSE")),
    # numbers
    _fn("ROUND", "四舍五入", "value number, digits number", "same_number?", "round",
        ("ROUND(2.15, 1)", "2.2"), ("ROUND(-1475, -2)", "-1500")),
    _fn("ROUNDUP", "向上舍入", "value number, digits number", "same_number?", "round_up",
        ("ROUNDUP(3.2, 0)", "4"), ("ROUNDUP(-3.14159, 1)", "-3.2")),
    _fn("ROUNDDOWN", "向下舍入", "value number, digits number", "same_number?", "round_down",
        ("ROUNDDOWN(-3.99, 0)", "-3")),
    _fn("ABS", "绝对值", "value number", "same_number?", "pg_catalog.abs", ("ABS(-3.5)", "3.5")),
    _fn("MOD", "余数", "value number, divisor number", "number?", "mod",
        ("MOD(-3, 2)", "1"), ("MOD(3, 0)", "")),
    _fn("INT", "取整", "value number", "number?", "int", ("INT(-2.5)", "-3")),
    _fn("MIN", "最小", "value same+", "same", None, ("MIN(3, 1, 2)", "1")),
    _fn("MAX", "最大", "value same+", "same", None, ("MAX(3, 1, 2)", "3")),
    # text
    _fn("LEN", "长度", "text text", "number", "len", ('LEN("常青")', "2"), ('LEN("")', "0")),
    _fn("LEFT", "左取", "text text, count number?", "text?", "left", ('LEFT("合同编号", 2)', "合同")),
    _fn("RIGHT", "右取", "text text, count number?", "text?", "right", ('RIGHT("HT-001", 3)', "001")),
    _fn("MID", "中间取", "text text, start number, count number", "text?", "mid",
        ('MID("HT-001-A", 4, 3)', "001"), ('MID("x", 1, -1)', "")),
    _fn("TRIM", "去空格", "text text", "text?", "trim", ('TRIM("  a   b ")', "a b")),
    _fn("UPPER", "大写", "text text", "text?", "pg_catalog.upper", ('UPPER("abc")', "ABC")),
    _fn("LOWER", "小写", "text text", "text?", "pg_catalog.lower", ('LOWER("ABC")', "abc")),
    _fn("CONTAINS", "包含", "text any, part text", "yes_no", None,
        ('CONTAINS("常青科技", "科技")', "TRUE"), ('CONTAINS("", "a")', "FALSE")),
    _fn("STARTSWITH", "开头是", "text text, part text", "yes_no", None, ('STARTSWITH("HT-001", "HT")', "TRUE")),
    _fn("SUBSTITUTE", "替换", "text text, old text, new text, nth number?", "text?", "substitute",
        ('SUBSTITUTE("a-b-c", "-", "")', "abc"), ('SUBSTITUTE("a-b-c", "-", "+", 2)', "a-b+c")),
    _fn("TEXT", "转文本", "value any, format format", "text?", None,
        ('TEXT(1234.5, "#,##0.00")', "1,234.50"), ('TEXT(DATE(2026, 3, 1), "yyyy年m月d日")', "2026年3月1日")),
    _fn("VALUE", "转数值", "text text", "number?", "value",
        ('VALUE("￥1,234.50")', "1234.5"), ('VALUE("abc")', "")),
    # dates
    _fn("DATE", "日期", "year number, month number, day number", "date?", "date",
        ("DATE(2026, 2, 29)", "2026-03-01"), ("DATE(2026, 13, 1)", "2027-01-01")),
    _fn("TODAY", "今天", "", "date", None),
    _fn("NOW", "现在", "", "datetime", None),
    _fn("YEAR", "年", "date date", "number?", "year", ("YEAR(DATE(2026, 11, 21))", "2026")),
    _fn("MONTH", "月", "date date", "number?", "month", ("MONTH(DATE(2026, 11, 21))", "11")),
    _fn("DAY", "日", "date date", "number?", "day_of", ("DAY(DATE(2026, 11, 21))", "21")),
    _fn("WEEKDAY", "星期", "date date, system number?", "number?", "weekday",
        ("WEEKDAY(DATE(2026, 11, 21))", "7"), ("WEEKDAY(DATE(2026, 11, 21), 2)", "6")),
    _fn("EDATE", "加月", "date date, months number", "date?", "edate",
        ("EDATE(DATE(2026, 1, 31), 1)", "2026-02-28")),
    _fn("EOMONTH", "月末", "date date, months number", "date?", "eomonth",
        ("EOMONTH(DATE(2026, 1, 5), 0)", "2026-01-31")),
    _fn("DATEDIF", "日期差", "start date, end date, unit unit", "number?", "datedif",
        ('DATEDIF(DATE(2024, 2, 29), DATE(2026, 2, 28), "Y")', "1")),
    _fn("DAYS", "天数", "end date, start date", "number?", None,
        ("DAYS(DATE(2026, 3, 1), DATE(2026, 2, 1))", "28")),
    _fn("ME", "我", "", "relation?", None),
    _fn("WORKDAY", "工作日", "start date, days number", "date?", None),
    _fn("NETWORKDAYS", "工作日数", "start date, end date", "number?", None),
    # related rows
    _fn("COUNTIF", "条件计数", "rows collection, condition condition?", "number", None),
    _fn("SUMIF", "条件求和", "rows collection, condition condition, value of_child", "child", None),
    _fn("AVERAGEIF", "条件平均", "rows collection, condition condition, value of_child", "child?", None),
    _fn("MAXIF", "条件最大", "rows collection, condition condition, value of_child", "child?", None),
    _fn("MINIF", "条件最小", "rows collection, condition condition, value of_child", "child?", None),
)  # fmt: skip


@cache
def table() -> dict[str, Fn]:
    """All functions by name."""
    return {fn.name: fn for fn in _ALL}


def functions() -> tuple[Fn, ...]:
    """All functions, in the order of the documentation."""
    return _ALL
