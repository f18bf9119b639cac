"""maaza: raw sensor and log text in over MQTT, grounded JSON out.

The way of a message, in the order of ``pipeline.py``::

    receive   intake -> buffer (durable commit) -> acknowledge
    process   claim -> route -> extract -> convert -> validate -> settle
    deliver   outbox -> publish -> broker confirms -> delivered
"""
