// AES-GCM (RFC 5116 §5.1 and §5.2) by BoringSSL, as swift-nio-ssl brings it along: one call for a packet, which makes no
// detour over named parameters and takes the widest vector instructions that the processor has.
//
// A module of its own, which shows nothing of BoringSSL: its headers declare the same names as OpenSSL's.
#ifndef ROOST_CBORINGSSL_H
#define ROOST_CBORINGSSL_H

#include <stddef.h>
#include <stdint.h>

enum { ROOST_GCM_NONCE = 12, ROOST_GCM_TAG = 16 };

// A key with what is computed from it once.
typedef struct roost_gcm roost_gcm;

// Makes one from a key of 16 or 32 bytes; NULL for another length or when there is no memory.
roost_gcm *roost_gcm_new(const uint8_t *key, size_t length);
void roost_gcm_free(roost_gcm *gcm);

// Encrypts `count` bytes at `text` in place and writes the tag behind them; `additional` bytes are authenticated only.
// Returns 1, or 0 when they are too many.
int roost_gcm_seal(
    const roost_gcm *gcm, uint8_t *text, size_t count, const uint8_t *additional, size_t additional_count,
    const uint8_t *nonce);

// Decrypts `count` bytes at `text` in place if the tag behind them is right. Returns 1, or 0 when it is not; the bytes are
// zero then.
int roost_gcm_open(
    const roost_gcm *gcm, uint8_t *text, size_t count, const uint8_t *additional, size_t additional_count,
    const uint8_t *nonce);

#endif
