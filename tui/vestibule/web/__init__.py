"""The kiosk in browsers: one process of the kiosk for each, shown by textual-serve's terminal."""
