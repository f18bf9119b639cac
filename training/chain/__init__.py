"""The whole chain, small: train → export → quantise → score, of both kinds of models."""
