"""Serving: a gateway that holds the connections, the server processes behind it, and what keeps them alive.

One process holds all connections by hyper, in granian's event loop, so that an idle or slow one costs no thread, and
knows nothing of the application. It gives each request, whole, to a process that has a free thread; what a process
leaves behind when it dies goes to another.
"""
