"""The menu of an app orders its forms."""

from builders import install_shipped

from perennial import forms
from perennial.kernel import SYSTEM, Database


def test_navigation_shows_forms_in_the_order_of_the_apps_menu(database: Database) -> None:
    install_shipped(database)
    with database.begin(SYSTEM) as tx:
        shown = [form.key for form in forms.catalog(tx).forms]
    assert (
        shown
        == "customer contract quote annual_review payment ticket contact interaction feedback usage amendment"
        " health_weights quote_line".split()
    )
