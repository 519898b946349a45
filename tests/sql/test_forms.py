from perennial.forms import catalog
from perennial.kernel import Tx
from tests.builders import install_renewal


def test_the_renewal_forms_become_tables_and_views(tx: Tx) -> None:
    install_renewal(tx)
    assert len(catalog(tx).forms) == 13
    assert tx.rows("SELECT * FROM data_read.contract") == []
