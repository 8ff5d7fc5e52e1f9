"""Backup and restore: one file that holds the database and says what it holds, and the way back from it.

``archive`` is the file, ``sqlite`` what is asked of a database file itself, ``take`` and ``restore`` the two acts.
The index, the vectors and the model are not in it: they are made again from the database.
"""
