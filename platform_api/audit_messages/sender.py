"""Messages to a receiver over TLS, and the certainty that it has read them.

Syslog has no acknowledgement, and what TCP has taken may be lost with the receiver. But a TLS receiver that
gets our close_notify has read all before it, and must answer with its own (RFC 5425 4.4): a batch is a
connection, delivered once that answer has come. Without it the batch is sent again; each message is numbered.
"""

import socket
import ssl
from collections.abc import Sequence

from platform_api.audit_messages.model import SyslogSettings


class NotDelivered(Exception):
    """The receiver is away, refused us, or did not confirm; the text is the name of what happened."""


def tls_of(settings: SyslogSettings) -> ssl.SSLContext:
    """How we prove the receiver, and ourselves; raises OSError for files that cannot be read."""
    context = ssl.create_default_context(cafile=settings.ca_path or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.certificate_path:
        context.load_cert_chain(settings.certificate_path, settings.key_path or None)
    return context


def deliver(frames: Sequence[bytes], settings: SyslogSettings) -> None:
    """Returns when the receiver has read all frames; raises NotDelivered. Blocks: use a thread."""
    try:
        tls = tls_of(settings)
        address = (settings.host, settings.port)
        with socket.create_connection(address, timeout=settings.timeout_s) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with tls.wrap_socket(plain, server_hostname=settings.host) as line:
                line.sendall(b"".join(frames))
                line.unwrap()
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise NotDelivered(type(error).__name__) from error
