from tests.servers.programs import home, made, program

__all__ = ["home", "made", "program"]
