"""Vestibule: the access desk of a building's control server, in a terminal."""

__version__ = "0.1.0"
