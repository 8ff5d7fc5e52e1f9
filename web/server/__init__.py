"""Serving: a supervisor, the worker processes it keeps alive, and what stands between their connections and the app.

Connections are held by hyper, in granian's event loop, so that an idle or slow one costs no thread; a request reaches
a thread once it is there whole.
"""
