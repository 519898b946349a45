"""A table as DMN 1.5, the language in which such tables travel, and back.

What DMN has no word for (kinds of numbers, labels of options, bounds) stands in elements of our own, which others pass
over; a file without them is read by its types.
"""

import re
from typing import Any
from xml.etree import ElementTree as xml

from defusedxml import ElementTree as safe
from defusedxml.common import DefusedXmlException

from perennial.forms.decisions.definition import Column, Decision, Policy, dump
from perennial.forms.decisions.written import literal, tests
from perennial.forms.keys import is_key, propose_key
from perennial.kernel import Invalid

NAMESPACE = "https://www.omg.org/spec/DMN/20230324/MODEL/"
OWN = "urn:perennial:decision"
_HIT: dict[Policy, tuple[str, str | None]] = {
    "U": ("UNIQUE", None), "A": ("ANY", None), "F": ("FIRST", None), "P": ("PRIORITY", None),
    "O": ("OUTPUT ORDER", None), "R": ("RULE ORDER", None), "C": ("COLLECT", None), "C+": ("COLLECT", "SUM"),
    "C<": ("COLLECT", "MIN"), "C>": ("COLLECT", "MAX"), "C#": ("COLLECT", "COUNT"),
}  # fmt: skip
_TYPES = {"number": "number", "money": "number", "percent": "number", "date": "date", "yes_no": "boolean",
          "text": "string", "option": "string"}  # fmt: skip
_KINDS = {"number": "number", "integer": "number", "long": "number", "double": "number", "date": "date",
          "boolean": "yes_no", "string": "text"}  # fmt: skip


def export(one: Decision) -> bytes:
    """The file. Its cells are in FEEL. Unreadable for a cell that says nothing."""
    xml.register_namespace("", NAMESPACE)
    xml.register_namespace("perennial", OWN)
    root = _made("definitions", None, id=f"definitions_{one.key}", name=one.label, namespace=f"{OWN}:{one.key}")
    decision = _made("decision", root, id=one.key, name=one.label)
    if one.note:
        _made("description", decision).text = one.note
    own = {"label_en": one.label_en, "form": one.form}
    if any(own.values()):
        _own(_made("extensionElements", decision), "table", {name: word for name, word in own.items() if word})
    hit, fold = _HIT[one.policy]
    how = {"hitPolicy": hit, **({"aggregation": fold} if fold else {})}
    table = _made("decisionTable", decision, id=f"table_{one.key}", **how)
    for at, column in enumerate(one.inputs):
        _input(table, column, at)
    for at, column in enumerate(one.outputs):
        _output(table, column, one.otherwise[at] if one.otherwise else None)
    _made("annotation", table, name="备注")
    for row, rule in enumerate(one.rules, start=1):
        node = _made("rule", table, id=f"rule_{row}")
        for at, (cell, column) in enumerate(zip(rule.when, one.inputs, strict=True), start=1):
            _text(_made("inputEntry", node, id=f"in_{row}_{at}"), tests(cell, column))
        for at, (cell, column) in enumerate(zip(rule.then, one.outputs, strict=True), start=1):
            _text(_made("outputEntry", node, id=f"out_{row}_{at}"), literal(cell, column))
        _text(_made("annotationEntry", node), rule.note)
    xml.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="utf-8")


def _input(table: xml.Element, column: Column, at: int) -> None:
    node = _made("input", table, id=f"input_{column.key}", label=column.label)
    _described(node, column)
    asked = _made("inputExpression", node, id=f"expression_{at + 1}", typeRef=_TYPES[column.kind])
    _text(asked, column.key)
    if column.options:
        _text(_made("inputValues", node), ", ".join(literal(one.key, column) for one in column.options))


def _output(table: xml.Element, column: Column, otherwise: str | None) -> None:
    node = _made("output", table, id=f"output_{column.key}", label=column.label, name=column.key,
                 typeRef=_TYPES[column.kind])  # fmt: skip
    _described(node, column)
    if column.options:
        _text(_made("outputValues", node), ", ".join(literal(one.key, column) for one in column.options))
    if otherwise is not None:
        _text(_made("defaultOutputEntry", node), literal(otherwise, column))


def _described(node: xml.Element, column: Column) -> None:
    tree = dump(Decision("x", "x", "U", (column,), (), ()))["inputs"][0]
    words = {name: "true" if word is True else str(word) for name, word in tree.items() if name != "options"}
    own = _own(_made("extensionElements", node), "column", words)
    for option in column.options:
        _own(own, "option", {"key": option.key, "label": option.label})


def _made(name: str, above: xml.Element | None, /, **attributes: str) -> xml.Element:
    tag = f"{{{NAMESPACE}}}{name}"
    return xml.Element(tag, attributes) if above is None else xml.SubElement(above, tag, attributes)


def _own(above: xml.Element, name: str, attributes: dict[str, str]) -> xml.Element:
    return xml.SubElement(above, f"{{{OWN}}}{name}", attributes)


def _text(above: xml.Element, text: str) -> None:
    _made("text", above).text = text


def take(content: bytes) -> dict[str, Any]:
    """The tree of the first table in a file; whatever it says is checked as any draft is.

    errors   Invalid decisions.not_xml, decisions.no_table, decisions.hit
    """
    try:
        root = safe.fromstring(content)
    except (xml.ParseError, DefusedXmlException, ValueError) as error:
        raise Invalid("decisions.not_xml", path="file", detail=str(error)[:200]) from None
    every = (one for one in root.iter() if _bare(one) == "decision")
    found = next((one for one in every if _under(one, "decisionTable") is not None), None)
    table = None if found is None else _under(found, "decisionTable")
    if found is None or table is None:
        raise Invalid("decisions.no_table", path="file")
    hit = (table.get("hitPolicy", "UNIQUE"), table.get("aggregation"))
    policy = next((key for key, one in _HIT.items() if one == hit), None)
    if policy is None:
        raise Invalid("decisions.hit", path="file", hit=" ".join(filter(None, hit)))
    label = found.get("name") or found.get("id") or "DMN"
    taken: list[str] = []
    inputs = [_column(one, taken, "inputExpression", "inputValues") for one in table if _bare(one) == "input"]
    taken = []
    outputs = [_column(one, taken, "", "outputValues") for one in table if _bare(one) == "output"]
    outs = [one for one in table if _bare(one) == "output"]
    otherwise = [_said(_under(one, "defaultOutputEntry")) for one in outs]
    own = next((one for one in found.iter(f"{{{OWN}}}table")), None)
    key = found.get("id") or ""
    tree: dict[str, Any] = {
        "decision": key if is_key(key) else propose_key(label, ()), "label": label,
        "policy": policy, "inputs": inputs, "outputs": outputs,
        "rules": [_rule(one) for one in table if _bare(one) == "rule"],
    }  # fmt: skip
    if any(one is not None for one in otherwise):
        tree["otherwise"] = [one or "null" for one in otherwise]
    if (note := _under(found, "description")) is not None and note.text:
        tree["note"] = note.text
    return {**tree, **({} if own is None else dict(own.attrib))}


def _column(node: xml.Element, taken: list[str], expression: str, values: str) -> dict[str, Any]:
    own = next(iter(node.iter(f"{{{OWN}}}column")), None)
    if own is not None:
        options = [dict(one.attrib) for one in own]
        tree: dict[str, Any] = {**own.attrib, **({"options": options} if options else {})}
        return {**tree, "optional": True} if tree.get("optional") == "true" else tree
    asked = _under(node, expression) if expression else node
    said = _said(asked) if expression else node.get("name")
    label = node.get("label") or said or node.get("name") or "?"
    kind = _KINDS.get((asked.get("typeRef") or "string").rpartition(":")[2] if asked is not None else "string", "text")
    good = said is not None and is_key(said) and said not in taken
    key = said if good and said else propose_key(label, taken)
    taken.append(key)
    listed = re.findall(r'"((?:[^"\\]|\\.)*)"', _said(_under(node, values)) or "")
    column: dict[str, Any] = {"key": key, "label": label, "kind": kind}
    if listed and kind == "text":
        column |= {"kind": "option", "options": listed}
    return column


def _rule(node: xml.Element) -> dict[str, Any]:
    def entries(name: str) -> list[str]:
        return [_said(one) or "" for one in node if _bare(one) == name]

    described = _under(node, "description")
    note = " ".join(filter(None, [*entries("annotationEntry"), None if described is None else described.text]))
    rule: dict[str, Any] = {"when": entries("inputEntry"), "give": entries("outputEntry")}
    return {**rule, "note": note} if note else rule


def _bare(node: xml.Element) -> str:
    """The name without its namespace: every edition of DMN has its own."""
    return node.tag.rpartition("}")[2]


def _under(node: xml.Element, name: str) -> xml.Element | None:
    return next((one for one in node if _bare(one) == name), None)


def _said(node: xml.Element | None) -> str | None:
    text = None if node is None else _under(node, "text")
    return None if text is None else (text.text or "").strip()
