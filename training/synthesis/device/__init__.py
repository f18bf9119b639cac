"""Short lines of devices, daemons and firewalls, in coherent casts of parts."""
