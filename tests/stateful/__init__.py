"""Random acts of random people, held against laws."""
