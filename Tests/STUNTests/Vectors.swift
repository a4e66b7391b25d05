import STUN
import Wire

/// The sample messages of RFC 5769, and one made by hand where the RFC has none.
enum Vectors {
    /// Bytes from hexadecimal digits; blanks and line ends do not count.
    static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.filter { $0.isHexDigit }.compactMap(\.hexDigitValue)
        precondition(digits.count % 2 == 0, "hexadecimal digits come in pairs")
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// §2.1: a connectivity check, padded with blanks.
    static let request = bytes(
        """
        00010058 2112a442 b7e7a701bc34d686fa87dfae
        80220010 5354554e207465737420636c69656e74
        00240004 6e0001ff
        80290008 932ff9b151263b36
        00060009 6576746a3a68367659202020
        00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
        80280004 e57a3bcf
        """
    )

    /// §2.2: a response with an IPv4 address.
    static let responseV4 = bytes(
        """
        0101003c 2112a442 b7e7a701bc34d686fa87dfae
        8022000b 7465737420766563746f7220
        00200008 0001a147e112a643
        00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7
        80280004 c07d4c96
        """
    )

    /// §2.3: a response with an IPv6 address.
    static let responseV6 = bytes(
        """
        01010048 2112a442 b7e7a701bc34d686fa87dfae
        8022000b 7465737420766563746f7220
        00200014 0002a147 0113a9faa5d3f179bc25f4b5bed2b9d9
        00080014 a382954e4be67bf11784c97c8292c275bfe3ed41
        80280004 c8fb0b4c
        """
    )

    /// §2.4: a request with long-term credentials, without FINGERPRINT, padded with zeros.
    static let longTermRequest = bytes(
        """
        00010060 2112a442 78ad3433c6ad72c029da412e
        00060012 e3839ee38388e383aae38383e382afe382b90000
        0015001c 662f2f3439396b3935346436 4f4c33346f4c39465354767936347341
        0014000b 6578616d706c652e6f726700
        00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666
        """
    )

    /// USERNAME `a:b` under MESSAGE-INTEGRITY-SHA256 with the key `secret`, and FINGERPRINT.
    ///
    /// RFC 5769 predates the attribute; computed from RFC 8489 §14.6 with another implementation of HMAC and
    /// CRC-32.
    static let sha256Request = bytes(
        """
        00010034 2112a442 0102030405060708090a0b0c
        00060003 613a6200
        001c0020 e53bcc4b2439b12b9138d92a9668028b6565ed7ee923dab16f1c62fcd12939ba
        80280004 61b393d7
        """
    )

    /// The password of §2.1 to §2.3.
    static let password = Array("VOkJxbRl1RmTxUk/WvJxBt".utf8)
    /// MD5 of `マトリックス:example.org:TheMatrIX`, the key of §2.4 (RFC 8489 §18.5.1.1).
    static let longTermKey = bytes("e8ca7ad59d5eb0518e312911d2dab2a9")

    static let all = [request, responseV4, responseV6, longTermRequest, sha256Request]

    static let transactionID = STUNTransactionID(high: 0xB7E7_A701_BC34_D686, low: 0xFA87_DFAE)
}

extension STUNMessage {
    init(_ bytes: [UInt8]) throws(STUNError) { try self.init(parsing: bytes.span) }

    func verifiesIntegrity(of bytes: [UInt8], key: [UInt8]) -> Bool {
        verifiesIntegrity(of: bytes.span, key: key)
    }
    func verifiesFingerprint(of bytes: [UInt8]) -> Bool { verifiesFingerprint(of: bytes.span) }
}

extension IPAddress {
    /// An address that the test's author knows to be one.
    init(literal: String) {
        guard let address = IPAddress(literal) else { preconditionFailure("not an address: \(literal)") }
        self = address
    }
}
