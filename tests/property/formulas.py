"""Random well-typed formulas over the contracts of `tests.unit.formula.company`, as text, and rows that hate them."""

import re
from random import Random

from hypothesis import strategies as st

_WORDS = ["", "a", "合同", "HT-001", "pending", "已续费", "😀", "%", "_", "'", '""', "12万", "1,234.50", "NaN", "1e999"]
LEAVES = {
    "number": ["0", "1", "2", "-1", "60", "5%", "0.1", "1000000", "99999999999999999999", "-0.5", "amount", "rate",
               "days_left", "customer.score", "[合同金额]", "IF(FALSE, 1)", "amount"],
    "text": ["number", "IF(auto, status, number)", "customer.name", "customer.owner.name", "[合同编号]",
             *(f'"{word}"' for word in _WORDS)],
    "date": ["end_date", "[合同结束日期]", "TODAY()", "DATE(2026, 2, 29)", "DATE(1900, 1, 1)", "DATE(9999, 12, 31)",
             "IF(FALSE, end_date)", "end_date"],
    "datetime": ["signed_at", "NOW()"],
    "yes_no": ["auto", "urgent", "TRUE", "FALSE", "ISBLANK(tags)", 'CONTAINS(tags, "vip")', '(status = "pending")',
               '([续费状态] <> "已续费")', 'IN(status, "pending", "", "lost")', "(customer.owner = ME())", "auto"],
}  # fmt: skip

# {kind} is any formula of that kind
GRAMMAR = {
    "number": """({number} + {number}) | ({number} - {number}) | ({number} * {number}) | ({number} / {number})
        | ({number} ^ {number}) | ({date} - {date}) | ({datetime} - {datetime}) | (-{number}) | ({number})%
        | ROUND({number}, {number}) | ROUNDUP({number}, {number}) | ROUNDDOWN({number}, {number}) | ABS({number})
        | MOD({number}, {number}) | INT({number}) | MIN({number}, {number}) | MAX({number}, {number}, {number})
        | LEN({text}) | VALUE({text}) | YEAR({date}) | MONTH({date}) | DAY({datetime}) | WEEKDAY({date}, {number})
        | DATEDIF({date}, {date}, "Y") | DATEDIF({date}, {date}, "M") | DATEDIF({date}, {date}, "MD")
        | DATEDIF({date}, {date}, "YD") | DATEDIF({date}, {date}, "YM") | DAYS({date}, {date})
        | NETWORKDAYS({date}, {date}) | NETWORKDAYS.INTL({date}, {date}, 11) | QUOTIENT({number}, {number})
        | STDEV({number}, {number}) | PRODUCT({number}, {number}, {number}) | PRODUCT(customer.contracts.amount)
        | STDEV(customer.contracts.amount) | PERCENTILE(customer.contracts.amount, {number})
        | QUARTILE(customer.contracts.rate, {number}) | IF({yes_no}, {number}, {number}) | COALESCE({number}, {number})
        | SWITCH({text}, {text}, {number}, {number}) | SUMIF(customer.contracts, {yes_no}, {number})
        | AVERAGEIF(customer.contracts, {yes_no}, {number}) | COUNTIF([关联客户].[合同], {yes_no})
        | MAXIF(customer.contracts, {yes_no}, {number}) | TRUNC({number}) | TRUNC({number}, {number})
        | CEILING({number}, {number}) | FLOOR({number}, {number}) | MROUND({number}, {number}) | SIGN({number})
        | SQRT({number}) | POWER({number}, {number}) | EXP({number}) | LN({number}) | LOG({number}, {number})
        | LOG10({number}) | SUM({number}, {number}) | AVERAGE({number}, {number}) | MEDIAN({number}, {number}, {number})
        | COUNT({any}, {any}) | COUNTA({any}, {yes_no}) | COUNTBLANK({any}, {any})
        | CHOOSE({number}, {number}, {number})
        | IFERROR({number}, {number}) | IFNA({number}, {number}) | FIND({text}, {text}) | FIND({text}, {text}, {number})
        | SEARCH({text}, {text}) | SEARCH({text}, {text}, {number}) | CODE({text}) | UNICODE({text})
        | NUMBERVALUE({text}) | NUMBERVALUE({text}, {text}, {text}) | QUARTER({date}) | WEEKNUM({date}, {number})
        | ISOWEEKNUM({date}) | DAYS360({date}, {date}) | DAYS360({date}, {date}, {yes_no})
        | YEARFRAC({date}, {date}, {number}) | TIMEVALUE({text}) | TIME({number}, {number}, {number}) | HOUR({number})
        | MINUTE({datetime}) | SECOND({number}) | HOUR({datetime}) | SUM(customer.contracts.amount, {number})
        | SUM(customer.contracts.rate) | AVERAGE(customer.contracts.amount)
        | MEDIAN(customer.contracts.amount, {number})
        | MIN(customer.contracts.amount, {number}) | COUNT(customer.contracts, {any})
        | COUNTA(customer.contracts.number)
        | COUNTBLANK(customer.contracts.amount) | LARGE(customer.contracts.amount, {number})
        | SMALL(customer.contracts.rate, {number}) | COUNTIFS(customer.contracts, {yes_no}, {yes_no})
        | SUMIFS(customer.contracts.amount, {yes_no}) | AVERAGEIFS(customer.contracts.rate, {yes_no}, {yes_no})
        | SUMPRODUCT(customer.contracts, {number}, amount)
        | XLOOKUP({text}, customer.contracts.number, customer.contracts.amount)
        | XLOOKUP({number}, contract.amount, contract.rate, {number})
        | XLOOKUP({date}, contract.end_date, contract.amount)
        | RANK({number}, customer.contracts.amount) | RANK(amount, contract.amount, {number})
        | PERCENTRANK(contract.amount, {number}) | PERCENTRANK(customer.contracts.amount, amount)
        | RUNNINGTOTAL(customer.contracts.amount, customer.contracts.end_date) | SUM(contract.amount) | COUNT(contract)
        | RUNNINGTOTAL(customer.contracts.rate, customer.contracts.number) | STREAK(amount > {number_leaf}, "week")
        | STREAK(amount < {number_leaf}, "day") | AVG_OVER(amount, {number}, "week") | READING(amount, "day")
        | STREAK(customer.score = {number_leaf}, "week") | READING(customer.score, "week")""",
    "text": """({any} & {any}) | LEFT({text}, {number}) | RIGHT({text}, {number}) | MID({text}, {number}, {number})
        | TRIM({text}) | UPPER({text}) | LOWER({text}) | SUBSTITUTE({text}, {text}, {text})
        | SUBSTITUTE({text}, {text}, {text}, {number}) | IF({yes_no}, {text}, {text})
        | IFS({yes_no}, {text}, {yes_no}, {text}) | TEXT({number}, "#,##0.00") | TEXT({number}, "0%")
        | TEXT({date}, "yyyy年m月d日") | TEXT({datetime}, "dddd hh:mm") | COALESCE({text}, {text})
        | SWITCH({number}, {number}, {text}, {text}) | CLEAN({text}) | PROPER({text})
        | REPLACE({text}, {number}, {number}, {text})
        | REPT({text}, {number}) | CONCAT({any}, {any}, {text}) | CONCATENATE({any}, {text})
        | CONCAT(customer.contracts.number)
        | TEXTJOIN({text}, {yes_no}, {any}, {any}) | TEXTJOIN({text}, {yes_no}, customer.contracts.number)
        | TEXTBEFORE({text}, {text}) | TEXTBEFORE({text}, {text}, {number}) | TEXTAFTER({text}, {text}, {number})
        | CHAR({number}) | UNICHAR({number}) | TEXT({number}, "[DBNum2]") | TEXT({number}, "#,##0.00;[Red]-#,##0;零")
        | TEXT({number}, "0.0,") | TEXT({date}, "[DBNum1]yyyy年m月d日") | TEXT({datetime}, "aaaa") | RMB({number})
        | TEXT({number}, "[DBNum1]0.00") | MASK({text}, "phone") | MASK({text}, "mail") | MASK({text}, "id")
        | MASK({text}, "name") | CHOOSE({number}, {text}, {text}) | IFERROR({text}, {text})
        | XLOOKUP({text}, customer.contracts.number, customer.contracts.status, {text})""",
    "date": """({date} + {number}) | ({number} + {date}) | ({date} - {number}) | EDATE({date}, {number})
        | EOMONTH({date}, {number}) | WORKDAY({date}, {number})
        | WORKDAY.INTL({date}, {number}, "1000011") | DATE({number}, {number}, {number})
        | MAX({date}, {date}) | IF({yes_no}, {date}, {date}) | MINIF(customer.contracts, {yes_no}, end_date)
        | DATEVALUE({text}) | CHOOSE({number}, {date}, {date}) | MAX(customer.contracts.end_date, {date})
        | LARGE(customer.contracts.end_date, {number})
        | XLOOKUP({text}, customer.contracts.number, customer.contracts.end_date, {date})
        | READING_ON(amount, "week") | MINIFS(customer.contracts.end_date, {yes_no})""",
    "datetime": "({datetime} + {number}) | ({datetime} - {number}) | IF({yes_no}, {datetime}, {date})",
    "yes_no": """({number} {op} {number}) | ({text} {op} {text}) | ({date} {op} {date}) | ({date} {op} {datetime})
        | ({yes_no} = {yes_no}) | ({yes_no} <> {yes_no}) | AND({yes_no}, {yes_no}) | OR({yes_no}, {yes_no}, {yes_no})
        | NOT({yes_no}) | NOT({yes_no}) | ISBLANK({any}) | ISERROR({any})
        | CONTAINS({text}, {text}) | STARTSWITH({text}, {text})
        | IF({yes_no}, {yes_no}, {yes_no}) | IN({number}, {number}, {number}) | IN({text}, {text}, {text})
        | IN("", {date}, {date}) | ({any} = "") | ("" <> {any}) | IN({number}, {number}, "")
        | (DAYS(end_date, TODAY()) {op} 30) | (TODAY() - end_date {op} -7) | (end_date - 60 {op} TODAY())
        | (end_date {op} TODAY() + 2900000) | XOR({yes_no}, {yes_no}, {yes_no}) | ISNUMBER({any}) | ISTEXT({any})
        | ISEVEN({number}) | ISODD({number}) | ENDSWITH({text}, {text}) | EXACT({text}, {text})
        | HELD(amount > {number_leaf}, {number}, "week") | IFERROR({yes_no}, {yes_no})
        | XLOOKUP({text}, customer.contracts.number, customer.contracts.auto)""",
}
KINDS = tuple(GRAMMAR)
_RULES = {kind: [" ".join(rule.split()) for rule in rules.split("|")] for kind, rules in GRAMMAR.items()}
_HOLE = re.compile(r"\{(\w+)\}")


def written(random: Random, kind: str, levels: int) -> str:
    """A formula of this kind, at most `levels` deep."""
    if kind == "op":
        return random.choice(["=", "<>", "<", "<=", ">", ">="])
    if kind == "number_leaf":
        return random.choice(["0", "60", "-1.5", "1 / 0", "99999999999999999999"])
    if kind == "any":
        kind = random.choice(["number", "text", "date", "datetime"])
    if levels == 0 or random.random() < 0.15:
        return random.choice(LEAVES[kind])
    rule = random.choice(_RULES[kind])
    return _HOLE.sub(lambda hole: written(random, hole[1], levels - 1), rule)


def formulas(*kinds: str, levels: int = 3) -> st.SearchStrategy[str]:
    """Formulas of these kinds; of any when none is named."""
    return st.builds(
        lambda random, kind: written(random, kind, levels),
        st.randoms(note_method_calls=False, use_true_random=False),
        st.sampled_from(kinds or KINDS),
    )


# rows 1..8 hold extreme values of the language; rows above 100 hold what no field may hold, where only totality counts
HOSTILE = """
CREATE SCHEMA t;
CREATE TABLE t.person (id bigint PRIMARY KEY, name text);
CREATE TABLE t.customer (id bigint PRIMARY KEY, name text, score numeric, owner bigint, deleted_at timestamptz);
CREATE TABLE t.contract (id bigint PRIMARY KEY, number text, end_date date, status text, amount numeric, rate numeric,
    customer bigint, auto boolean, tags text[], signed_at timestamptz, deleted_at timestamptz);
INSERT INTO t.person VALUES (1, '王芳'), (2, NULL);
INSERT INTO t.customer VALUES (1, '云帆', 55.5, 1, NULL), (2, repeat('长', 32767), NULL, 2, now()),
    (3, NULL, -99999999999999999999.9999999999, NULL, NULL), (9, NULL, 'NaN', 1, NULL);
INSERT INTO t.contract VALUES
    (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (2, 'HT-001', '2026-12-01', 'pending', 1200.5, 0.1, 1, true, '{vip}', '2026-11-20 17:30+00', NULL),
    (3, repeat('a', 32767), '1900-01-01', 'renewed', 99999999999999999999.9999999999, -1, 2, false, '{}',
     '1900-01-02 00:00+00', NULL),
    (4, '😀👩‍👩‍👧', '9999-12-31', 'lost', -99999999999999999999.9999999999, 0, 3, NULL, '{vip,risk}',
     '9999-12-30 00:00+00', NULL),
    (5, '1,234.50', '2024-02-29', 'pending', 0, 0.0000000001, 1, true, NULL, NULL, NULL),
    (6, 'a', '2026-11-21', NULL, -0.0000000001, 0.5, 3, false, NULL, '2026-11-21 01:00+00', now()),
    (7, '-', '2026-01-31', 'renewed', -8, 0.5, 1, NULL, NULL, '2026-03-01 12:00+00', NULL),
    (8, 'Ｔ％_\\''"', '2027-02-28', 'pending', 1, 2, 2, true, '{risk}', NULL, NULL),
    (101, '1e9999', '20000-01-01', 'gone', 1e300, -1e300, 9, true, '{""}', '20000-01-01 00:00+00', NULL),
    (102, 'NaN', '4713-01-01 BC', '', 'NaN', 'NaN', 9, NULL, NULL, '4713-01-01 00:00+00 BC', NULL),
    (103, '0x1F', 'infinity', 'x', 'infinity', '-infinity', 9, NULL, NULL, 'infinity', NULL),
    (104, repeat('1', 32767), '-infinity', 'x', '-infinity', 1e-300, 9, NULL, NULL, '-infinity', NULL);
CREATE TABLE t.reading (record_id bigint, day date, value numeric);
INSERT INTO t.reading
    SELECT id, date '2026-11-15' - 7 * n, CASE n WHEN 1 THEN 'NaN'::numeric WHEN 2 THEN NULL ELSE n * 30 END
    FROM t.contract, generate_series(0, 4) n WHERE id <> 5;
INSERT INTO t.reading SELECT id, date '2026-11-20' - n, n * 1e19 FROM t.contract, generate_series(0, 9) n WHERE n <> 3;
"""
