"""The switches of the two-factor policy, what it needs of the server, and how long a session lasts."""

from __future__ import annotations

from vestibule.render.limit_words import limit_of
from vestibule.render.policy_words import switch_of
from vestibule.widgets.property_grid import PropertyGrid


class PolicyRows(PropertyGrid):
    """``Enable TOTP 2FA   on``: cursor, headings and Space are those of the property grid."""

    @property
    def selected_switch(self) -> str:
        """The switch under the cursor; empty on what is no switch."""
        return switch_of(self.selected)

    @property
    def selected_limit(self) -> str:
        """The limit under the cursor; empty on what is none."""
        return limit_of(self.selected)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Space is for switches."""
        return bool(self.selected_switch) if action == "step" else True

    def action_step(self) -> None:
        """Ask for the switch under the cursor to be turned."""
        if self.selected_switch:
            super().action_step()
