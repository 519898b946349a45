"""Dates, times of day (parts of a day), working days of the workspace's calendar."""

from perennial.formula.library.line import Line

_D = "date:日期 date"
_SPAN = "start:开始 date, end:结束 date"
_WEEKEND = "weekend:周末 weekend?"
_TIME = "time:时刻 time"

FUNCTIONS: tuple[Line, ...] = (
    ("DATE", "日期", "由年、月、日得到日期", "year:年 number, month:月 number, day:日 number", "date?", "date",
     ("DATE(2026, 2, 29)", "2026-03-01"), ("DATE(2026, 13, 1)", "2027-01-01")),
    ("TODAY", "今天", "今天的日期", "", "~date", None),
    ("NOW", "现在", "现在的日期和时间", "", "~datetime", None),
    ("YEAR", "年", "日期的年份", _D, "number?", "year", ("YEAR(DATE(2026, 11, 21))", "2026")),
    ("MONTH", "月", "日期的月份", _D, "number?", "month", ("MONTH(DATE(2026, 11, 21))", "11")),
    ("DAY", "日", "是当月的第几天", _D, "number?", "day_of", ("DAY(DATE(2026, 11, 21))", "21")),
    ("QUARTER", "季度", "是第几季度", _D, "number?", "quarter", ("QUARTER(DATE(2026, 11, 21))", "4")),
    ("WEEKDAY", "星期", "是一周的第几天，2 表示星期一为 1", f"{_D}, system:方式 number?", "number?", "weekday",
     ("WEEKDAY(DATE(2026, 11, 21))", "7"), ("WEEKDAY(DATE(2026, 11, 21), 2)", "6")),
    ("WEEKNUM", "第几周", "是一年的第几周，2 表示星期一开始", f"{_D}, system:方式 number?", "number?", "week",
     ("WEEKNUM(DATE(2012, 3, 9))", "10"), ("WEEKNUM(DATE(2012, 3, 9), 2)", "11")),
    ("ISOWEEKNUM", "国际周次", "按国际标准的第几周", _D, "number?", "iso_week", ("ISOWEEKNUM(DATE(2012, 3, 9))", "10")),
    ("EDATE", "加月", "几个月以后的同一天", f"{_D}, months:几个月 number", "date?", "edate",
     ("EDATE(DATE(2026, 1, 31), 1)", "2026-02-28")),
    ("EOMONTH", "月末", "几个月以后的月末", f"{_D}, months:几个月 number", "date?", "eomonth",
     ("EOMONTH(DATE(2026, 1, 5), 0)", "2026-01-31")),
    ("DATEDIF", "日期差", "两天之间有几年 Y、几月 M、几天 D", f"{_SPAN}, unit:单位 unit", "number?", "datedif",
     ('DATEDIF(DATE(2024, 2, 29), DATE(2026, 2, 28), "Y")', "1")),
    ("DAYS", "天数", "结束减开始的天数", "end:结束 date, start:开始 date", "number?", None,
     ("DAYS(DATE(2026, 3, 1), DATE(2026, 2, 1))", "28")),
    ("DAYS360", "天数（每月30天）", "按每月 30 天计的天数", f"{_SPAN}, european:欧洲算法 yes_no?", "number?", "days360",
     ("DAYS360(DATE(2011, 1, 30), DATE(2011, 2, 1))", "1")),
    ("YEARFRAC", "年数", "两天之间是几年，可以是小数", f"{_SPAN}, basis:算法 number?", "number?", "year_frac",
     ("YEARFRAC(DATE(2012, 1, 1), DATE(2012, 7, 30))", "0.5805555556"),
     ("YEARFRAC(DATE(2012, 1, 1), DATE(2012, 7, 30), 3)", "0.5780821918")),
    ("DATEVALUE", "转日期", "把文本读成日期，如 2026年3月1日", "text:文本 text", "date?", "date_value",
     ('DATEVALUE("2026年3月1日")', "2026-03-01"), ('DATEVALUE("2026/2/30")', "")),
    ("TIMEVALUE", "转时间", "把文本读成一天的几分之几", "text:文本 text", "number?", "time_value",
     ('TIMEVALUE("2:24 AM")', "0.1"), ('TIMEVALUE("下午6:00")', "0.75")),
    ("TIME", "时间", "由时、分、秒得到一天的几分之几",
     "hour:时 number, minute:分 number, second:秒 number", "number?", "time",
     ("TIME(12, 0, 0)", "0.5"), ("TIME(27, 0, 0)", "0.125")),
    ("HOUR", "时", "时刻的小时", _TIME, "number?", "hour", ("HOUR(0.75)", "18")),
    ("MINUTE", "分", "时刻的分钟", _TIME, "number?", "minute", ("MINUTE(TIME(7, 45, 9))", "45")),
    ("SECOND", "秒", "时刻的秒", _TIME, "number?", "second", ("SECOND(TIME(7, 45, 9))", "9")),
    ("ME", "我", "正在操作的人", "", "~relation?", None),
    ("WORKDAY", "工作日", "几个工作日以后的日期，按日历", "start:开始 date, days:几个工作日 number", "~date?", None),
    ("NETWORKDAYS", "工作日数", "两天之间有几个工作日，按日历", _SPAN, "~number?", None),
    ("WORKDAY.INTL", "工作日（自定周末）",
     "同工作日，周末自定：11 只休星期日，\"0000011\" 休星期六和日；节假日和调休按日历",
     f"start:开始 date, days:几个工作日 number, {_WEEKEND}", "~date?", None),
    ("NETWORKDAYS.INTL", "工作日数（自定周末）",
     "同工作日数，周末自定：11 只休星期日，\"0000011\" 休星期六和日；节假日和调休按日历",
     f"{_SPAN}, {_WEEKEND}", "~number?", None),
)  # fmt: skip
