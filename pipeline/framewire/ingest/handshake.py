"""What is wrong with a secure connection, in words."""

import ssl

from framewire.errors import ASKED_AGAIN, TLSFailed

# Source: X509_V_ERR_* of OpenSSL's x509_vfy.h, as `SSLCertVerificationError.verify_code` gives them.
_CERTIFICATE = {
    9: "its certificate is not valid yet",
    10: "its certificate has expired",
    18: "its certificate is self-signed",
    19: "its certificate is signed by an authority that vouches for itself and is not trusted here",
    20: "the issuer of its certificate is unknown here",
    21: "the issuer of its certificate is unknown here, or the site does not send it along",
    23: "its certificate has been revoked",
    62: "its certificate is for another host name",
    64: "its certificate is for another address",
    66: "its certificate has a key that is too weak",
}
_ASK_OWNER = "see whether a browser says so too; if so, tell the site's owner, else "
_CLOCK = _ASK_OWNER + "check this machine's clock"
_TRUST = _ASK_OWNER + "update this machine's trusted certificates (ca-certificates)"
_NAME = "look for the address that the site itself gives"
_ADVICE = {9: _CLOCK, 10: _CLOCK, 62: _NAME, 64: _NAME}
# (a word of OpenSSL's own message, what it means, what to do). Source: SSL_R_* of OpenSSL's sslerr.h.
_HANDSHAKE = (
    ("WRONG_VERSION_NUMBER", "no TLS is spoken there", "try http:// in place of https://"),
    ("RECORD_LAYER_FAILURE", "no TLS is spoken there", "try http:// in place of https://"),
    ("HTTP_REQUEST", "no TLS is spoken there", "try http:// in place of https://"),
    ("UNSUPPORTED_PROTOCOL", "it offers only old versions of TLS", "tell the site's owner"),
    ("ALERT_PROTOCOL_VERSION", "it has no version of TLS in common with this machine", "tell the site's owner"),
    ("NO_PROTOCOLS_AVAILABLE", "it has no version of TLS in common with this machine", "tell the site's owner"),
    ("CERTIFICATE_REQUIRED", "it wants a certificate of the reader", "ask the site's owner for another address"),
    ("UNRECOGNIZED_NAME", "it does not know this host name", _NAME),
    ("DH_KEY_TOO_SMALL", "it offers only weak keys", "tell the site's owner"),
    ("HANDSHAKE_FAILURE", "it has no cipher in common with this machine", "tell the site's owner"),
)


def build_tls_error(error: BaseException, *, label: str) -> TLSFailed:
    """The error of a handshake that failed, with what is wrong and what to do."""
    cause = _find_ssl_error(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        reason = _CERTIFICATE.get(cause.verify_code) or f"its certificate is not valid: {cause.verify_message}"
        return _build(label, reason, _ADVICE.get(cause.verify_code, _TRUST), retryable=False)
    text = f"{getattr(cause, 'reason', None) or ''} {cause or error}".upper().replace(" ", "_")
    for word, reason, advice in _HANDSHAKE:
        if word in text:
            return _build(label, reason, advice, retryable=False)
    return _build(label, "it broke off the handshake", ASKED_AGAIN, retryable=True)


def _build(label: str, reason: str, advice: str, *, retryable: bool) -> TLSFailed:
    message = f"{label}: no secure connection ({reason}); {advice}"
    return TLSFailed(message, url=label, reason=reason, retryable=retryable)


def _find_ssl_error(error: BaseException | None) -> ssl.SSLError | None:
    """The innermost cause that the TLS library named."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None
