public import Ciphers

/// Why a context or an association could not be made: OpenSSL refused, and says why.
public typealias DTLSError = CipherError
