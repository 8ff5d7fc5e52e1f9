"""What people do with a submitted text or an article as a whole: sign, hide, hurry, move, erase."""
