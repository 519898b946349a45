"""What templates and audiences name of forms."""

from perennial.forms import Reference
from perennial.messages.definition import GIVEN, PLACEHOLDER, Audience, Template


def template_references(template: Template) -> list[Reference]:
    """Its form and every placeholder, at the text it stands in."""
    found = [Reference("form", template.form, what="form")]
    for path in ("subject", "body", "line"):
        texts = dict.fromkeys(PLACEHOLDER.findall(getattr(template, path)))
        found += [Reference(path, template.form, text) for text in texts if text not in GIVEN]
    for at, said in enumerate(template.texts):
        for path, words in said.parts:
            texts = dict.fromkeys(PLACEHOLDER.findall(words))
            found += [Reference(f"texts[{at}].{path}", template.form, text) for text in texts if text not in GIVEN]
    return found


def audience_references(audience: Audience) -> list[Reference]:
    """The contacts' form, the relation to whom they belong to, and its formulas over them."""
    form = audience.form
    found = [Reference("form", form, what="form"), Reference("relation", form, audience.relation, "field")]
    found += [Reference(path, form, getattr(audience, path)) for path in ("name", "address")]
    found += [Reference(f"addresses.{channel}", form, text) for channel, text in audience.addresses]
    found += [Reference("language", form, audience.language)] if audience.language else []
    conditions = [("when", audience.when), *((f"prefer[{at}]", text) for at, text in enumerate(audience.prefer))]
    return found + [Reference(path, form, text, want="yes_no") for path, text in conditions]
