"""maaza: raw sensor and log text in over MQTT, grounded JSON out.

The way of a message, in the order of ``pipeline.py``::

    receive   intake -> buffer (durable commit) -> acknowledge
    process   claim -> route -> extract -> convert -> validate -> settle
    deliver   outbox -> publish -> broker confirms -> delivered
"""

import os

# numpy reads it when it is imported. Matrices here are small; OpenBLAS' threads wait by spinning, which takes
# three times the processor time where cores are shared, and gains nothing where they are not.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
