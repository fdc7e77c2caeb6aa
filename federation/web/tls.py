"""The certificate that pages are served with: from files, or made by the program for itself."""

import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from federation.errors import FederationError
from federation.home import write_whole
from federation.words import fingerprint

VALID_DAYS = 800
"""Below the 825 days that Apple's systems take of a certificate that a person trusts himself."""
RENEWED_BEFORE_DAYS = 30
SKEW_DAYS = 1
"""Valid from yesterday: a phone's clock may be behind."""
FILE_BYTES_MAX = 65_536


class CertificateInvalid(FederationError):
    """Certificate or key files that cannot be read, or do not belong together."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What people compare before they trust a self-made certificate.

    Attributes:
        digest: SHA-256 of the certificate, 32 bytes; browsers show it too.
        ends: Unix time after which it holds no more.
    """

    digest: bytes
    ends: int

    @property
    def words(self) -> str:
        """Six words for the digest, to compare aloud."""
        return fingerprint(self.digest)

    @property
    def hex(self) -> str:
        """The digest as browsers show it: ``AB:CD:…``."""
        return self.digest.hex(":").upper()


def load_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return what a server speaks TLS 1.2 and 1.3 with.

    Raises:
        CertificateInvalid: The files do not read, or are not a pair.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:
        raise CertificateInvalid(
            f"{certificate} and {key} are no certificate and its key without passphrase: {error}"
        ) from error
    return context


def read_certificate(path: Path) -> Certificate:
    """Return what to compare of a PEM file's first certificate.

    Raises:
        CertificateInvalid: There is none in it.
    """
    return _view(_parse(path))


def keep_certificate(folder: Path, hosts: Sequence[str], now: int) -> tuple[Path, Path]:
    """Return the files of a self-made certificate and its key; make them new when they must be.

    They are new where there are none, 30 days before the end, and for hosts that they do not name;
    the key stays.

    Args:
        folder: Where they are kept, ``cert.pem`` and ``key.pem``, for the owner only.
        hosts: Names and addresses that the pages are opened by.
        now: Unix time.
    """
    certificate, key = folder / "cert.pem", folder / "key.pem"
    if not _serves(certificate, key, hosts, now):
        secret = _read_key(key) or ec.generate_private_key(ec.SECP256R1())
        plain = serialization.NoEncryption()
        pkcs8 = serialization.PrivateFormat.PKCS8
        write_whole(key, secret.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
        made = _make(secret, hosts, now)
        write_whole(certificate, made.public_bytes(serialization.Encoding.PEM))
    return certificate, key


def certify(
    typed: str, folder: Path, hosts: Sequence[str], now: int
) -> tuple[tuple[Path, Path], ssl.SSLContext]:
    """Return the files of the certificate that was wished for, and what speaks TLS with them.

    Args:
        typed: ``auto`` for a self-made one, or ``CERT.pem,KEY.pem``.
        folder: As for ``keep_certificate``, like the hosts and the time.
        hosts: Names and addresses of a self-made one.
        now: Unix time.

    Raises:
        CertificateInvalid: The files do not read, or are not a pair.
    """
    if typed == "auto":
        pair = keep_certificate(folder, hosts, now)
    else:
        certificate, _comma, key = typed.partition(",")
        pair = Path(certificate), Path(key)
    return pair, load_context(*pair)


def _make(secret: ec.EllipticCurvePrivateKey, hosts: Sequence[str], now: int) -> x509.Certificate:
    """Return a certificate that signs itself, for these hosts (RFC 5280; RFC 9525, 6)."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Commontab")])
    at = datetime.fromtimestamp(now, UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=SKEW_DAYS))
        .not_valid_after(at + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([_general(host) for host in hosts]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    )
    return builder.sign(secret, hashes.SHA256())


def _serves(certificate: Path, key: Path, hosts: Sequence[str], now: int) -> bool:
    """Return whether kept files are a pair, hold for long enough, and name every host."""
    if not (certificate.exists() and key.exists()):
        return False
    try:
        load_context(certificate, key)
        held = _parse(certificate)
        names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (CertificateInvalid, x509.ExtensionNotFound):
        return False
    until = held.not_valid_after_utc - timedelta(days=RENEWED_BEFORE_DAYS)
    begun = held.not_valid_before_utc.timestamp() <= now
    return begun and now < until.timestamp() and {_general(host) for host in hosts} <= set(names)


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _parse(path: Path) -> x509.Certificate:
    try:
        with path.open("rb") as stream:
            return x509.load_pem_x509_certificate(stream.read(FILE_BYTES_MAX))
    except (OSError, ValueError) as error:
        raise CertificateInvalid(f"{path} is no PEM file with a certificate: {error}") from error


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey | None:
    """Return the kept key, or None where there is none of ours."""
    if not path.exists():
        return None
    try:
        held = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError):
        # A torn or foreign file: a new key takes its place, and people compare the words again.
        return None
    return held if isinstance(held, ec.EllipticCurvePrivateKey) else None


def _view(certificate: x509.Certificate) -> Certificate:
    ends = int(certificate.not_valid_after_utc.timestamp())
    return Certificate(certificate.fingerprint(hashes.SHA256()), ends)


def _no_password() -> str:
    """Answer for a locked key, so that nobody is asked at the terminal."""
    return ""
