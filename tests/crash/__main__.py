"""``python -m tests.crash 120 [postgresql]``: schedulers that are killed at random, for so many seconds."""

from tests.crash.schedulers import main

if __name__ == "__main__":  # not where a process that is started anew looks at this file
    main()
