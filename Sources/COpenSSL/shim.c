// The low-level SHA-1 below is deprecated in OpenSSL 3 in favour of EVP_MAC, which allocates for every message.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "COpenSSL.h"

#include <string.h>

void roost_hmac_sha1_prepare(roost_hmac_sha1_key *prepared, const uint8_t *key, size_t length) {
    uint8_t block[SHA_CBLOCK] = {0};
    if (length > sizeof block) {
        SHA1(key, length, block);
    } else if (length > 0) {
        memcpy(block, key, length);
    }
    for (size_t index = 0; index < sizeof block; index++) block[index] ^= 0x36;
    SHA1_Init(&prepared->inner);
    SHA1_Update(&prepared->inner, block, sizeof block);
    for (size_t index = 0; index < sizeof block; index++) block[index] ^= 0x36 ^ 0x5c;
    SHA1_Init(&prepared->outer);
    SHA1_Update(&prepared->outer, block, sizeof block);
    OPENSSL_cleanse(block, sizeof block);
}

void roost_hmac_sha1(
    const roost_hmac_sha1_key *prepared, const uint8_t *message, size_t length, uint32_t suffix, uint8_t *code) {
    uint8_t tail[4] = {(uint8_t)(suffix >> 24), (uint8_t)(suffix >> 16), (uint8_t)(suffix >> 8), (uint8_t)suffix};
    SHA_CTX state = prepared->inner;
    SHA1_Update(&state, message, length);
    SHA1_Update(&state, tail, sizeof tail);
    SHA1_Final(code, &state);
    state = prepared->outer;
    SHA1_Update(&state, code, SHA_DIGEST_LENGTH);
    SHA1_Final(code, &state);
}
