"""LoRA fine-tuning of a causal model: rows → prompts and answers as served → an adapter → merged weights."""
