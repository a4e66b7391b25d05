#include "CBoringSSL.h"

#include <CNIOBoringSSL_aead.h>

roost_gcm *roost_gcm_new(const uint8_t *key, size_t length) {
    if (length != 16 && length != 32) return NULL;
    return (roost_gcm *)EVP_AEAD_CTX_new(
        length == 16 ? EVP_aead_aes_128_gcm() : EVP_aead_aes_256_gcm(), key, length, ROOST_GCM_TAG);
}

void roost_gcm_free(roost_gcm *gcm) { EVP_AEAD_CTX_free((EVP_AEAD_CTX *)gcm); }

int roost_gcm_seal(
    const roost_gcm *gcm, uint8_t *text, size_t count, const uint8_t *additional, size_t additional_count,
    const uint8_t *nonce) {
    size_t written = 0;
    return EVP_AEAD_CTX_seal_scatter(
        (const EVP_AEAD_CTX *)gcm, text, text + count, &written, ROOST_GCM_TAG, nonce, ROOST_GCM_NONCE, text, count, NULL, 0,
        additional, additional_count);
}

int roost_gcm_open(
    const roost_gcm *gcm, uint8_t *text, size_t count, const uint8_t *additional, size_t additional_count,
    const uint8_t *nonce) {
    return EVP_AEAD_CTX_open_gather(
        (const EVP_AEAD_CTX *)gcm, text, nonce, ROOST_GCM_NONCE, text, count, text + count, ROOST_GCM_TAG, additional,
        additional_count);
}
