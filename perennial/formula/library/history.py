"""How a field was: before the change at hand, and in its daily and weekly readings."""

from perennial.formula.library.line import Line

_PERIOD = 'period:"week"或"day" period'

FUNCTIONS: tuple[Line, ...] = (
    ("CHANGED", "变了", "这次修改了这个字段", "field:字段 field", "yes_no", None),
    ("PREVIOUS", "原值", "这次修改以前的值", "field:字段 field", "same?", None),
    ("READING", "最近记录值", "跟踪字段最近一次日终或周末的记录值",
     f"field:跟踪字段 tracked, {_PERIOD}", "~same?", None),
    ("READING_ON", "记录值日期", "最近一次记录值是哪一天的", f"field:跟踪字段 tracked, {_PERIOD}", "~date?", None),
    ("STREAK", "连续几期", "条件到现在连续成立了几周或几天；缺一期就断",
     f"condition:条件 tracked, {_PERIOD}", "~number", None),
    ("HELD", "连续成立", "条件连续成立了至少几周或几天",
     f"condition:条件 tracked, count:几期 number, {_PERIOD}", "~yes_no", None),
    ("AVG_OVER", "几期平均", "最近几周或几天记录值的平均，缺的不计",
     f"field:跟踪字段 tracked, count:几期 number, {_PERIOD}", "~number?", None),
)  # fmt: skip
