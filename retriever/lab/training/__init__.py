"""Training: folders in the evaluation format in, fitted weights (retriever/ranking/model.py) out, bit for bit."""
