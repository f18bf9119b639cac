"""The nano model: a small bidirectional Llama that points at places in the text, trained from scratch."""
