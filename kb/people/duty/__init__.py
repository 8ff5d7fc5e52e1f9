"""Who answers for what is to be looked at: chosen, stood in for, handed on; and who is out of the office."""
