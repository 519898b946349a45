"""Conditions and choices."""

from perennial.formula.library.line import Line

FUNCTIONS: tuple[Line, ...] = (
    ("IF", "如果", "条件成立取第二项，否则取第三项",
     "condition:条件 yes_no, then:成立时 same, otherwise:否则 same?", "same", None,
     ('IF(1 < 2, "yes", "no")', "yes"), ("IF(1 > 2, 5)", "")),
    ("IFS", "多条件", "依次看条件，取第一个成立的结果", "condition:条件 yes_no+, then:结果 same+", "same", None,
     ('IFS(1 > 2, "a", 2 > 1, "b")', "b"), ('IFS(FALSE, "a")', "")),
    ("AND", "并且", "所有条件都成立", "condition:条件 yes_no+", "yes_no", None,
     ("AND(1 < 2, 2 < 3)", "TRUE"), ("AND(TRUE, FALSE)", "FALSE")),
    ("OR", "或者", "至少一个条件成立", "condition:条件 yes_no+", "yes_no", None,
     ("OR(1 > 2, 2 < 3)", "TRUE"), ("OR(FALSE)", "FALSE")),
    ("XOR", "异或", "成立的条件是奇数个", "condition:条件 yes_no+", "yes_no", None,
     ("XOR(TRUE, FALSE)", "TRUE"), ("XOR(TRUE, TRUE, TRUE, FALSE)", "TRUE"), ("XOR(TRUE, TRUE)", "FALSE")),
    ("NOT", "非", "条件不成立", "condition:条件 yes_no", "yes_no", None, ("NOT(1 = 2)", "TRUE")),
    ("ISBLANK", "为空", "没有填写", "value:值 any", "yes_no", None, ('ISBLANK("")', "TRUE"), ("ISBLANK(0)", "FALSE")),
    ("ISNUMBER", "是数字", "有值，而且是数字", "value:值 any", "yes_no", None,
     ("ISNUMBER(1)", "TRUE"), ('ISNUMBER(FIND("a", "b"))', "FALSE"), ('ISNUMBER("1")', "FALSE")),
    ("ISTEXT", "是文本", "有值，而且是文本",
     "value:值 any", "yes_no", None, ('ISTEXT("a")', "TRUE"), ("ISTEXT(1)", "FALSE")),
    ("COALESCE", "首个非空", "取第一个不为空的值", "value:值 same+", "same", None, ("COALESCE(1 / 0, 7)", "7")),
    ("IFERROR", "为空则", "算不出来（为空）时取第二项", "value:值 same, otherwise:为空时 same", "same", None,
     ("IFERROR(1 / 0, 7)", "7"), ("IFERROR(8, 7)", "8")),
    ("IFNA", "找不到则", "找不到（为空）时取第二项", "value:值 same, otherwise:为空时 same", "same", None,
     ('IFNA(FIND("a", "b"), 0)', "0")),
    ("SWITCH", "匹配", "值等于哪一项，就取它后面的结果", "value:值 any, case:等于 any+, result:结果 any+", "same", None,
     ('SWITCH(2, 1, "a", 2, "b", "other")', "b"), ('SWITCH(3, 1, "a", "other")', "other")),
    ("CHOOSE", "选择第几个", "取第几个值", "place:第几个 number, value:值 same+", "same", None,
     ('CHOOSE(2, "a", "b", "c")', "b"), ('CHOOSE(4, "a", "b")', ""), ("CHOOSE(1.9, 5, 6)", "5")),
    ("IN", "属于", "值是其中之一", "value:值 any, choice:其中之一 any+", "yes_no", None,
     ('IN("b", "a", "b")', "TRUE"), ("IN(4, 1, 2)", "FALSE")),
)  # fmt: skip
