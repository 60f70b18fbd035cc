"""JSON of the guest's own messages. It works on although a program has changed the module `json`."""

import json
from typing import Any

_library: Any = json
_scan: Any = _library.JSONDecoder().scan_once
_make_chunks: Any = _library.encoder.c_make_encoder(
    None, repr, _library.encoder.encode_basestring_ascii, None, ":", ",", False, False, True
)


def decode_json(data: bytes) -> Any:
    return _scan(data.decode(), 0)[0]


def encode_json(value: object) -> bytes:
    return "".join(_make_chunks(value, 0)).encode()
