public import Ciphers
public import Wire

/// Guards RTCP in one direction, in place (RFC 3711 §3.4, RFC 7714 §9).
///
/// One cipher context a peer and direction; per SSRC only a replay window. Nothing is allocated per packet: each receiver
/// sends a dozen of them a second, which is most of what reaches a server whose rooms are large. Not for two threads at a
/// time.
public final class SRTCPTransform {
    /// Which way a transform works.
    public enum Direction: Sendable { case inbound, outbound }

    /// Bytes a packet may grow by: a tag of 16 and an index of 4.
    public static let overhead = 20

    /// Header and sender's SSRC, which stay readable.
    private static let headerLength = 8
    /// The index is one of 31 bits; the bit above it says that the packet is encrypted.
    private static let encryptedFlag: UInt32 = 1 << 31

    private let cipher: SessionCipher
    private let salt: SessionSalt
    private let direction: Direction
    private let trailerLength: Int
    private var table = IncomingStreamTable(limit: SRTPReceiver.defaultStreamLimit)
    private var windows: [UInt32: SRTCPReplayWindow] = [:]
    /// One numbering for all SSRCs that are sent: no nonce comes twice, whatever the SSRC.
    private var nextIndex: UInt32 = 0

    /// Makes a transform from the sender's master keys.
    ///
    /// - Throws: ``SRTPError`` for keys of a wrong length, or when OpenSSL refuses.
    public init(
        profile: SRTPProtectionProfile,
        key: [UInt8],
        salt: [UInt8],
        direction: Direction
    ) throws(SRTPError) {
        let session = try SessionKeys.derive(profile: profile, key: key, salt: salt, for: .control)
        cipher = try SessionCipher(
            profile: profile, session: session, direction: direction == .inbound ? .open : .seal)
        self.salt = SessionSalt(session.salt)
        self.direction = direction
        trailerLength = 4 + profile.tagLength
    }

    /// Encrypts `length` bytes in place; room for ``overhead`` more must follow.
    ///
    /// - Returns: The new length; `nil` for what is no RTCP, and after 2³¹ packets (RFC 3711 §9.2).
    public func protect(_ buffer: UnsafeMutablePointer<UInt8>, length: Int) -> Int? {
        guard direction == .outbound, length >= Self.headerLength, length <= Int(UInt16.max),
            nextIndex < Self.encryptedFlag
        else { return nil }
        let index = nextIndex
        nextIndex += 1
        let word = (index | Self.encryptedFlag).bigEndian
        let text = unsafe buffer + Self.headerLength
        let count = length - Self.headerLength
        let ssrc = unsafe Span<UInt8>(_unsafeStart: UnsafePointer(buffer), count: Self.headerLength).uint32(at: 4)
        switch cipher {
        case .aead(let context):
            let isSealed = unsafe withAdditionalData(of: buffer, word: word) { additional in
                unsafe withBlock(salt.nonce(ssrc: ssrc, controlIndex: index)) { nonce in
                    unsafe context.seal(
                        text, count: count, additional: additional, additionalCount: Self.headerLength + 4, nonce: nonce
                    )
                }
            }
            guard isSealed else { return nil }
            unsafe Self.store(word, at: buffer + length + AESGCMContext.tagLength)
        case .counter(let mode):
            let isCovered = unsafe withBlock(salt.counter(ssrc: ssrc, controlIndex: index)) { counter in
                unsafe mode.cipher.apply(to: text, count: count, counter: counter)
            }
            guard isCovered else { return nil }
            unsafe Self.store(word, at: buffer + length)
            unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: HMACSHA1Context.length) { digest in
                guard let start = digest.baseAddress else { return }
                unsafe mode.code.authenticate(buffer, count: length, suffix: UInt32(bigEndian: word), into: start)
                unsafe (buffer + length + 4).update(from: start, count: trailerLength - 4)
            }
        }
        return length + trailerLength
    }

    /// Decrypts `length` bytes in place.
    ///
    /// Whatever the result, the bytes may have changed.
    ///
    /// - Returns: The plain length; `nil` if the packet is not genuine, not encrypted, not new, or of one SSRC too many.
    public func unprotect(_ buffer: UnsafeMutablePointer<UInt8>, length: Int) -> Int? {
        guard direction == .inbound, length >= Self.headerLength + trailerLength, length <= Int(UInt16.max) else {
            return nil
        }
        let packet = unsafe Span<UInt8>(_unsafeStart: UnsafePointer(buffer), count: length)
        guard packet[0] >> 6 == 2 else { return nil }
        let ssrc = packet.uint32(at: 4)
        let plainLength = length - trailerLength
        let word = packet.uint32(at: cipher.isAEAD ? length - 4 : plainLength)
        guard word & Self.encryptedFlag != 0 else { return nil }
        let index = word & ~Self.encryptedFlag
        let admission = table.admission(of: ssrc)
        guard admission != .full else { return nil }
        var window = windows[ssrc] ?? SRTCPReplayWindow()
        guard window.isNew(index) else { return nil }
        guard unsafe open(buffer, length: plainLength, ssrc: ssrc, index: index, word: word) else { return nil }
        // Only a genuine packet moves the window or takes a place: a forged one leaves nothing behind.
        window.insert(index)
        windows[ssrc] = window
        if admission == .new, let surplus = table.insert(ssrc) { windows[surplus] = nil }
        return plainLength
    }

    /// Frees the place of a sender that has gone.
    public func removeStream(_ ssrc: SSRC) { table.end(ssrc.rawValue) }

    /// Checks what follows `length` bytes, and decrypts them behind their header.
    private func open(
        _ buffer: UnsafeMutablePointer<UInt8>, length: Int, ssrc: UInt32, index: UInt32, word: UInt32
    ) -> Bool {
        let text = unsafe buffer + Self.headerLength
        let count = length - Self.headerLength
        switch cipher {
        case .aead(let context):
            return unsafe withAdditionalData(of: buffer, word: word.bigEndian) { additional in
                unsafe withBlock(salt.nonce(ssrc: ssrc, controlIndex: index)) { nonce in
                    unsafe context.open(
                        text, count: count, additional: additional, additionalCount: Self.headerLength + 4, nonce: nonce
                    )
                }
            }
        case .counter(let mode):
            guard unsafe mode.code.isGenuine(buffer, count: length, suffix: word, tag: buffer + length + 4) else {
                return false
            }
            return unsafe withBlock(salt.counter(ssrc: ssrc, controlIndex: index)) { counter in
                unsafe mode.cipher.apply(to: text, count: count, counter: counter)
            }
        }
    }

    /// The header and the word with the index, which AES-GCM authenticates (RFC 7714 §9.2).
    @inline(__always)
    private func withAdditionalData(
        of buffer: UnsafeMutablePointer<UInt8>, word: UInt32, _ body: (UnsafePointer<UInt8>) -> Bool
    ) -> Bool {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.headerLength + 4) { additional in
            guard let start = additional.baseAddress else { return false }
            unsafe start.update(from: buffer, count: Self.headerLength)
            unsafe Self.store(word, at: start + Self.headerLength)
            return unsafe body(UnsafePointer(start))
        }
    }

    @inline(__always)
    private func withBlock(_ block: SessionSalt.Block, _ body: (UnsafePointer<UInt8>) -> Bool) -> Bool {
        unsafe withUnsafeBytes(of: block) { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe body(start.assumingMemoryBound(to: UInt8.self))
        }
    }

    @inline(__always)
    private static func store(_ word: UInt32, at place: UnsafeMutablePointer<UInt8>) {
        unsafe UnsafeMutableRawPointer(place).storeBytes(of: word, as: UInt32.self)
    }
}
