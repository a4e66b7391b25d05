// OpenSSL 3 for Swift: the headers, and as inline functions the macros that Swift cannot import.
#ifndef ROOST_COPENSSL_H
#define ROOST_COPENSSL_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// Keys, memory BIOs.
static inline EVP_PKEY *roost_generate_p256(void) { return EVP_EC_gen("P-256"); }
static inline long roost_dtls_set_link_mtu(SSL *ssl, long mtu) { return DTLS_set_link_mtu(ssl, mtu); }
static inline long roost_dtls_get_timeout(SSL *ssl, struct timeval *left) { return DTLSv1_get_timeout(ssl, left); }
static inline long roost_dtls_handle_timeout(SSL *ssl) { return DTLSv1_handle_timeout(ssl); }
static inline int roost_set_min_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}
static inline int roost_set_max_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_max_proto_version(context, version);
}
static inline int roost_set_groups(SSL_CTX *context, const char *list) {
    return (int)SSL_CTX_set1_groups_list(context, list);
}
static inline void *roost_bio_data(BIO *bio) { return BIO_get_data(bio); }
static inline void roost_bio_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void roost_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }
static inline long roost_mem_bio_data(BIO *bio, char **data) { return BIO_get_mem_data(bio, data); }
// Options whose values are 64-bit macros.
static inline uint64_t roost_options(void) {
    return SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_QUERY_MTU;
}
static inline long roost_disable_session_cache(SSL_CTX *context) {
    return SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

// HMAC-SHA1 (RFC 2104) without allocation: the two hash states that a key leads to, used again for each message.
typedef struct {
    SHA_CTX inner;
    SHA_CTX outer;
} roost_hmac_sha1_key;

void roost_hmac_sha1_prepare(roost_hmac_sha1_key *prepared, const uint8_t *key, size_t length);
// The 20-byte code of `length` bytes followed by `suffix` in network byte order.
void roost_hmac_sha1(
    const roost_hmac_sha1_key *prepared, const uint8_t *message, size_t length, uint32_t suffix, uint8_t *code);

#endif
