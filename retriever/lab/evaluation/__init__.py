"""Measuring retrieval, answers and refusal on a folder of documents and questions."""
