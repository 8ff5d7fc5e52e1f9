"""What texts rest on and managers keep by hand: the phone ledger and the register of basis documents."""
