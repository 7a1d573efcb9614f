"""Outgoing calls over real sockets."""
