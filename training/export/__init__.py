"""A fine-tuned model of the hub's form → GGUF, quantised, compared, with manifest and card."""
