"""The gateways that carry a text message: a modem's spool, HTTP, a command, e-mail, a file for trying out."""
