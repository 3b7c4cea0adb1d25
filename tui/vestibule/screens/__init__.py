"""One screen per file. Screens show state and send messages; ``remote`` talks."""
