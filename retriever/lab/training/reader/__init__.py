"""Training the packaged reader: folders in the evaluation format in, one small ONNX file out (needs torch)."""
