"""What pure parsers raise: one error, which is always the sender's fault.

MalformedPacket (ValueError)
"""


class MalformedPacket(ValueError):
    """Bytes from the network that do not have the shape they claim; counted and dropped by the caller."""
