"""Gather facts: names, ports, brokers, disk, clock, processor, models. Each leaves things as it found them."""
