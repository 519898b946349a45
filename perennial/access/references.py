"""What a role names of forms."""

from perennial.access.grant import EVERY, SCOPES, Role
from perennial.forms import Reference


def references(role: Role) -> list[Reference]:
    """Row conditions, which must hold, and the forms and fields granted, which may go: nothing is granted then."""
    found: list[Reference] = []
    for grant in role.grants:
        path = f"forms.{grant.form}"
        if grant.form == EVERY:
            continue
        found.append(Reference(path, grant.form, what="form", loose=True))
        if grant.rows not in SCOPES:
            found.append(Reference(f"{path}.rows", grant.form, grant.rows, want="yes_no"))
        found += [
            Reference(f"{path}.fields.{key}", grant.form, key, "field", loose=True)
            for key in grant.fields
            if key != EVERY
        ]
    return found
