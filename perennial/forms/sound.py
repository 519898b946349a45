"""What a designer's form must be besides a tree that loads: names that people can read, and numbers that count.

Asked of what a publication changes; what was published before stays readable, however it is.
"""

import unicodedata
from collections.abc import Iterator

from perennial.forms.definition import Field, Form
from perennial.forms.keys import LONGEST, is_key, number_parts
from perennial.kernel import Invalid

LONGEST_LABEL = 200


def unsound(form: Form, before: Form | None) -> list[Invalid]:
    """Everything that is new and not as it should be, each with its path."""
    found = list(_label(form.label, "label")) if before is None or form.label != before.label else []
    for at, field in enumerate(form.fields):
        if before is None or field != before.field(field.key):
            found += _field(field, f"fields[{at}]")
    return found


def _field(field: Field, path: str) -> Iterator[Invalid]:
    yield from _label(field.label, f"{path}.label")
    for at, option in enumerate(field.options):
        yield from _label(option.label, f"{path}.options[{at}].label")
    if field.reverse is not None and not is_key(field.reverse):
        yield Invalid("forms.key", path=f"{path}.reverse", key=field.reverse, longest=LONGEST)
    if field.pattern is not None and number_parts(field.pattern) is None:
        yield Invalid("forms.pattern", path=f"{path}.pattern", pattern=field.pattern)


def _label(label: str, path: str) -> Iterator[Invalid]:
    if not label.strip():
        yield Invalid("forms.no_label", path=path)
    elif len(label) > LONGEST_LABEL:
        yield Invalid("forms.long_label", path=path, longest=LONGEST_LABEL)
    elif any(unicodedata.category(letter) == "Cc" for letter in label):
        yield Invalid("forms.no_label", path=path)
