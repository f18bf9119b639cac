"""Learned templates: formats that repeat themselves, matched as a whole instead of read by a model. Pure."""
