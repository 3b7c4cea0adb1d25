"""The kiosk: a screen in a lobby on which people sign in and see their access, and nothing else."""
