"""graph-models."""
SAMPLES = {}
