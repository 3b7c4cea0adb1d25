"""Talks to a server: one typed client over two transports."""
