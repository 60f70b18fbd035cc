/** The digests for `crypto.subtle` and `node:crypto`. */

import { hmac } from "@noble/hashes/hmac.js";
import { pbkdf2 } from "@noble/hashes/pbkdf2.js";
import { scrypt } from "@noble/hashes/scrypt.js";
import { md5, ripemd160, sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512, sha512_256 } from "@noble/hashes/sha2.js";

export default { hmac, pbkdf2, scrypt, md5, ripemd160, sha1, sha224, sha256, sha384, sha512, "sha512-256": sha512_256 };
