"""A workbook to fill in: a header that an import recognises, an example row that it skips, what each column wants."""

import datetime as dt
import io
from collections.abc import Sequence

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from perennial import access, forms
from perennial.forms import KINDS, STRUCTURED, Field
from perennial.kernel import Language, Tx
from perennial.records.imports.propose import writable

EXAMPLE = {"zh": "示例行，导入时跳过", "en": "Example, skipped on import"}
ROWS = 5_000  # to which formats and choices reach
_YES_NO = {"zh": ("是", "否"), "en": ("Yes", "No")}
_REQUIRED = {"zh": "必填", "en": "Required"}
_NOTES: dict[str, tuple[str, str]] = {
    "number": ("数字，例如 12 或 12.5", "A number, such as 12 or 12.5"),
    "money": ("金额，例如 120000 或 12万", "An amount, such as 120000"),
    "percent": ("百分比，例如 15%", "A percentage, such as 15%"),
    "date": ("日期，例如 2026-03-01", "A date, such as 2026-03-01"),
    "datetime": ("日期和时间，例如 2026-03-01 09:30", "Date and time, such as 2026-03-01 09:30"),
    "yes_no": ("是 或 否", "Yes or No"),
    "select": ("从列表里选一个", "Choose one of the list"),
    "multi_select": ("可填多个，用顿号隔开：{options}", "Several, separated by commas: {options}"),
    "relation": ("填{to}的{title}", "The {title} of the {to}"),
    "relations": ("填{to}的{title}，多条用顿号隔开", "The {title} of each {to}, separated by commas"),
    "person": ("填同事的姓名、账号或邮箱", "A colleague's name, account or mail"),
    "persons": ("填同事的姓名、账号或邮箱，多人用顿号隔开", "Colleagues' names, separated by commas"),
    "department": ("填部门名称", "The name of a department"),
    "phone": ("电话号码", "A phone number"), "mail": ("邮箱地址", "A mail address"), "link": ("网址", "An address"),
    "rating": ("1 至 5", "1 to 5"), "nps": ("0 至 10", "0 to 10"),
    "auto_number": ("留空自动编号", "Leave blank: it is numbered"),
}  # fmt: skip
_FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm", "money": "#,##0.00", "percent": "0.##%"}


def template(tx: Tx, form: str, language: Language = "zh") -> bytes:
    """The workbook of a form, with the fields that the person may fill in. Denied without the right to import."""
    access.require(tx, "create" if access.may(tx, "create", form) else "update", form)
    catalog = forms.catalog(tx)
    may = writable(tx, form)
    fields = [
        field for field in catalog.form(form).fields
        if field.key in may and field.kind != "formula" and KINDS[field.kind].value not in STRUCTURED
    ]  # fmt: skip
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    words = catalog.form(form).words
    sheet = book.add_worksheet((words.english if language == "en" else str(words))[:31].translate(_BARE))
    lists = book.add_worksheet("options")
    lists.hide()
    bold = book.add_format({"bold": True, "bottom": 1})
    grey = {"italic": True, "font_color": "#888888"}
    sheet.freeze_panes(1, 0)
    for at, field in enumerate(fields):
        label = _word(field.label, field.label_en, language)
        shown = {"num_format": _FORMATS[field.kind]} if field.kind in _FORMATS else {}
        sheet.set_column(at, at, max(14, min(40, 2 * len(label) + 4)), book.add_format(shown))
        sheet.write_string(0, at, f"{label}*" if field.required and field.default is None else label, bold)
        sheet.write_comment(0, at, _note(tx, field, language))
        _example(sheet, at, field, book.add_format({**grey, **shown}), language)
        if choices := _choices(field, language):
            lists.write_column(0, at, choices)
            column = xl_col_to_name(at, True)
            source = f"=options!{column}$1:{column}${len(choices)}"
            sheet.data_validation(1, at, ROWS, at, {"validate": "list", "source": source, "error_type": "warning"})
    sheet.set_column(len(fields), len(fields), 22)
    sheet.write_string(1, len(fields), EXAMPLE[language], book.add_format(grey))
    book.close()
    return out.getvalue()


_BARE = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def _word(zh: str, en: str | None, language: Language) -> str:
    return en or zh if language == "en" else zh


def _choices(field: Field, language: Language) -> Sequence[str]:
    if field.kind == "yes_no":
        return _YES_NO[language]
    return [_word(one.label, one.label_en, language) for one in field.options] if field.kind == "select" else ()


def _note(tx: Tx, field: Field, language: Language) -> str:
    """What the column wants."""
    text = _NOTES.get(field.kind, ("", ""))[language == "en"]
    if field.to:
        to = forms.catalog(tx).form(field.to)
        title = to.field(to.title or "")
        named = _word(title.label, title.label_en, language) if title else "id"
        text = text.format(to=_word(to.label, to.label_en, language), title=named)
    if field.options:
        text = text.format(options=", ".join(_word(one.label, one.label_en, language) for one in field.options))
    required = _REQUIRED[language] if field.required and field.default is None else ""
    return "\n".join(part for part in (required, text, field.note or "") if part) or _word(
        field.label, field.label_en, language
    )


def _example(sheet: Worksheet, at: int, field: Field, shown: object, language: Language) -> None:
    first = _word(field.options[0].label, field.options[0].label_en, language) if field.options else ""
    example: dict[str, object] = {
        "number": 12, "money": 120000, "percent": 0.15, "date": dt.date(2026, 3, 1), "rating": 5, "nps": 9,
        "datetime": dt.datetime(2026, 3, 1, 9, 30), "yes_no": _YES_NO[language][0],  # noqa: DTZ001
        "select": first, "multi_select": first, "phone": "13800000000", "mail": "name@example.com",
        "link": "https://example.com", "auto_number": "",
    }  # fmt: skip
    value = example.get(field.kind, "…")
    if isinstance(value, dt.date):
        sheet.write_datetime(1, at, value, shown)  # pyright: ignore[reportArgumentType]
    else:
        sheet.write(1, at, value, shown)
