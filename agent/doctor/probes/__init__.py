"""Gather facts: names, ports, brokers, disk, clock, processor, models. They leave things as they are."""
