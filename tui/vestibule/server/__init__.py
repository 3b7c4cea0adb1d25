"""The HTTP API: Starlette routes over the rules in ``access``."""
