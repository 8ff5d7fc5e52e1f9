"""Training: folders in the evaluation's format in, the file of fitted weights (retriever/model.py) out, bit for bit."""
