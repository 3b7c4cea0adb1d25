"""What anybody may do about their own access, from every screen of theirs: factors and password."""

from __future__ import annotations

from vestibule.i18n import _
from vestibule.models import FactorKind
from vestibule.render.security_words import added
from vestibule.screens.base import BaseScreen
from vestibule.two_factor_models import FactorAdded


class OwnActs(BaseScreen):
    """Sets factors up and changes the password; the dialogs ask the server."""

    @property
    def has_app(self) -> bool:
        """Whether there is an authenticator app to sync, as far as is known here."""
        client = self.connection.client
        return client is not None and FactorKind.APP in client.factors

    def own_access_changed(self) -> None:
        """Factors or password are others now."""

    # --- factors ------------------------------------------------------------------------------

    def action_sync(self) -> None:
        """A new secret for the authenticator app."""
        if self.has_app:
            self.set_up(FactorKind.APP, again=True)
        else:
            self.say(_("There is no authenticator app to sync yet. Set one up in My security."))

    def set_up(self, kind: FactorKind, country: str = "", *, again: bool = False) -> None:
        """Ask for what a factor needs; ``again`` replaces the one there is."""

        def answered(proven: FactorAdded | None) -> None:
            if proven is not None:
                self._keep_recovery_code(kind, proven, again)

        if kind is FactorKind.APP:
            from vestibule.screens.app_setup import AppSetup

            blocks = self.profile.half_blocks
            self.app.push_screen(AppSetup(self.connection, self.site_zone, blocks, again=again), answered)
        else:
            from vestibule.screens.sms_setup import SmsSetup

            plain = self.profile.plain_glyphs
            self.app.push_screen(SmsSetup(self.connection, self.site_zone, country, plain=plain), answered)

    def _keep_recovery_code(self, kind: FactorKind, proven: FactorAdded, again: bool) -> None:
        if proven.recovery_code is None:
            self.set_up_done(kind, again)
            return
        from vestibule.screens.recovery_shown import RecoveryShown

        shown = RecoveryShown(proven.recovery_code, self.profile)
        self.app.push_screen(shown, lambda _kept: self.set_up_done(kind, again))

    def set_up_done(self, kind: FactorKind, again: bool) -> None:
        """A factor is in force, and its recovery code kept."""
        self.own_access_changed()
        self.say(added(kind, again))

    # --- devices ------------------------------------------------------------------------------

    def action_devices(self) -> None:
        """Where one is signed in."""
        from vestibule.screens.devices import Devices

        self.app.push_screen(Devices(self.connection, self.site_zone))

    # --- the project --------------------------------------------------------------------------

    @property
    def has_project(self) -> bool:
        """Whether there is anything to say of a project: most sites have no cloud."""
        return self.connection.project.view.is_shown

    def action_project(self) -> None:
        """The package of one's profile, from the site's cloud."""
        from vestibule.screens.project import ProjectShown

        self.app.push_screen(ProjectShown(self.connection, self.site_zone))

    # --- the password -------------------------------------------------------------------------

    def action_change_password(self) -> None:
        """Change it, or set the first one."""
        from vestibule.screens.new_password import NewPassword

        self.app.push_screen(NewPassword(self.connection, self.site_zone), self._password_changed)

    def _password_changed(self, changed: bool | None) -> None:
        if changed:
            self.own_access_changed()
            self.say(_("Your password is set. Your other sessions have ended."))
