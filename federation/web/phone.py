"""What a telephone scans to open a page of this computer: address, token and certificate."""

import hashlib


def invite_text(url: str, fingerprint: str, token: str) -> str:
    """Return the text of the one code: the telephone's own camera opens it as an address.

    Args:
        url: ``https://ADDRESS:PORT``.
        fingerprint: Of the certificate, as ``certificate_words`` gives it. It travels behind ``#``,
            which browsers show and never send.
        token: An invitation.
    """
    return f"{url}/login?token={token}#sha256={fingerprint.replace(':', '')}"


def certificate_words(der: bytes) -> str:
    """Return the SHA-256 fingerprint of a certificate as browsers show it: hex pairs, colons."""
    digest = hashlib.sha256(der).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))
