"""Perennial (常青): keeps every customer whose contract or annual review comes due."""

__version__ = "0.1.0"
