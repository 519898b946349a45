"""Related rows, and the rows of another form."""

from perennial.formula.library.line import Line

_ROWS = "rows:相关记录 collection"
_OF = "value:相关记录的字段 column"
_WHEN = "condition:条件 condition+"

FUNCTIONS: tuple[Line, ...] = (
    ("COUNTIF", "条件计数", "有几条记录符合条件", f"{_ROWS}, condition:条件 condition?", "number", None),
    ("SUMIF", "条件求和", "把符合条件的记录加起来",
     f"{_ROWS}, condition:条件 condition, value:加什么 of_child", "child", None),
    ("AVERAGEIF", "条件平均", "符合条件的记录的平均",
     f"{_ROWS}, condition:条件 condition, value:平均什么 of_child", "child?", None),
    ("MAXIF", "条件最大", "符合条件的记录中最大的",
     f"{_ROWS}, condition:条件 condition, value:什么 of_child", "child?", None),
    ("MINIF", "条件最小", "符合条件的记录中最小的",
     f"{_ROWS}, condition:条件 condition, value:什么 of_child", "child?", None),
    ("COUNTIFS", "多条件计数", "有几条记录符合所有条件", f"{_ROWS}, {_WHEN}", "number", None),
    ("SUMIFS", "多条件求和", "把符合所有条件的记录加起来", f"{_OF}, {_WHEN}", "child", None),
    ("AVERAGEIFS", "多条件平均", "符合所有条件的记录的平均", f"{_OF}, {_WHEN}", "child?", None),
    ("MAXIFS", "多条件最大", "符合所有条件的记录中最大的", f"{_OF}, {_WHEN}", "child?", None),
    ("MINIFS", "多条件最小", "符合所有条件的记录中最小的", f"{_OF}, {_WHEN}", "child?", None),
    ("SUMPRODUCT", "乘积求和", "每条记录的值相乘，再加起来", f"{_ROWS}, value:值 of_child+", "child", None),
    ("XLOOKUP", "查找", "在相关记录或另一张表里找到一条，取它的字段；找不到取默认值",
     "value:要找的值 any, key:在哪个字段找 column, result:取哪个字段 column, otherwise:找不到时 same?", "child?", None),
    ("RANK", "排名", "在相关记录或整张表里排第几，1 表示从小到大",
     "value:数值 number, among:在哪个字段里排 column, ascending:从小到大 number?",
     "~number?", None),
    ("PERCENTRANK", "百分比排名", "比多大比例的记录大",
     "among:在哪个字段里排 column, value:数值 number", "~number?", None),
    ("RUNNINGTOTAL", "累计", "同一组记录里，按顺序加到这一条",
     "value:加什么 column, order:按什么顺序 column", "~number?", None),
)  # fmt: skip
