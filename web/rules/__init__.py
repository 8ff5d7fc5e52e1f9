"""What a text's category and department ask of it: risk, review interval, how many signatures."""
