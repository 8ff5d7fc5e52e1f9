"""Backup, restore and move: one file that holds the database and says what it holds, and the ways back from it.

``archive`` is the file, ``sqlite`` and ``postgresql`` what is asked of each database as a whole, ``rows`` copies and
compares between the two, ``take``, ``restore`` and ``move`` are the acts. The file is the same for both databases.
The index, the vectors and the model are not in it: they are made again from the database.
"""
