"""People, departments, roles and sessions."""
