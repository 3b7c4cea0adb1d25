"""What can go wrong with a call. Apart from ``api``, so that a screen is painted before httpx is imported."""

from __future__ import annotations

from vestibule.models import Problem


class ApiProblem(Exception):
    """The server said no; ``problem.code`` is stable."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class Unreachable(Exception):
    """No answer, or none that a Vestibule server gives."""
