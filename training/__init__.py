"""Training: off the device, everything that makes a model."""
