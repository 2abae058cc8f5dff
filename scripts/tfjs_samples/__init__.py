"""TensorFlow.js models for tests, and what TensorFlow computes from them."""
