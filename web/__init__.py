"""The edge: HTTP, HTML, sessions. Views parse, call one service, and render."""
