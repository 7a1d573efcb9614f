"""Checking Ed25519 signatures (RFC 8032, section 5.1.7) in plain Python.

For readers who have Python and nothing else; whoever has the `cryptography` package need not wait
the few milliseconds. Signing is not here, so nothing secret passes through this code.
"""

from __future__ import annotations

from hashlib import sha512

Point = tuple[int, int, int, int]

_PUBLIC_BYTES = 32
_SIGNATURE_BYTES = 64
_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)


def _add(first: Point, second: Point) -> Point:
    a = (first[1] - first[0]) * (second[1] - second[0]) % _P
    b = (first[1] + first[0]) * (second[1] + second[0]) % _P
    c = 2 * first[3] * second[3] * _D % _P
    d = 2 * first[2] * second[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _multiply(scalar: int, point: Point) -> Point:
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _same(first: Point, second: Point) -> bool:
    x_differs = (first[0] * second[2] - second[0] * first[2]) % _P
    y_differs = (first[1] * second[2] - second[1] * first[2]) % _P
    return not (x_differs or y_differs)


def _recover_x(y: int, sign: int) -> int | None:
    if y >= _P:
        return None
    squared = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    if not squared:
        return None if sign else 0
    x = pow(squared, (_P + 3) // 8, _P)
    if (x * x - squared) % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if (x * x - squared) % _P:
        return None
    return _P - x if x & 1 != sign else x


def _decode(text: bytes) -> Point | None:
    number = int.from_bytes(text, "little")
    y = number & ((1 << 255) - 1)
    x = _recover_x(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % _P)


_BASE_Y = 4 * pow(5, _P - 2, _P) % _P
_BASE_X = _recover_x(_BASE_Y, 0) or 0
_BASE = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the 64-byte signature over the message is by the 32-byte public key."""
    if len(public) != _PUBLIC_BYTES or len(signature) != _SIGNATURE_BYTES:
        return False
    key, commitment = _decode(public), _decode(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= _ORDER:
        return False
    challenge = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little")
    expected = _add(commitment, _multiply(challenge % _ORDER, key))
    return _same(_multiply(scalar, _BASE), expected)
