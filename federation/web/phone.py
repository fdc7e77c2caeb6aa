"""What a telephone scans to open a page of this computer: address, token and certificate."""


def invite_text(url: str, fingerprint: str, token: str) -> str:
    """Return the text of the one code: the telephone's own camera opens it as an address.

    Args:
        url: ``https://ADDRESS:PORT``.
        fingerprint: Of the certificate, hex pairs with colons. It travels behind ``#``,
            which browsers show and never send.
        token: An invitation.
    """
    return f"{url}/login?token={token}#sha256={fingerprint.replace(':', '')}"
