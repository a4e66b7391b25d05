public import Wire

/// The server's own STUN service (RFC 8489 §12): tells anybody who asks what their address looks like from
/// here.
///
/// It takes no credentials, so it is for Binding requests that have none; those with a user name are
/// connectivity checks.
public enum STUNBindingService {
    /// The answer to a request that came from `source`, or `nil` when it is not for this service.
    ///
    /// A request of 20 bytes is answered with 32 (IPv4) or 44 (IPv6), and FINGERPRINT comes back only to
    /// those who sent one, so the service is of little use to somebody who forges source addresses.
    public static func answer(
        to request: STUNMessage,
        bytes: Span<UInt8>,
        from source: SocketAddress
    ) -> [UInt8]? {
        guard request.messageClass == .request, request.method == .binding else { return nil }
        guard request.username == nil, !request.hasIntegrity else { return nil }
        guard !request.hasFingerprint || request.verifiesFingerprint(of: bytes) else { return nil }
        guard request.unknownRequired.isEmpty else {
            var refusal = STUNBuilder(respondingTo: request, with: .error)
            refusal.add(errorCode: .unknownAttribute)
            refusal.add(unknownAttributes: request.unknownRequired)
            return refusal.finish(integrityKey: nil, fingerprint: request.hasFingerprint)
        }
        return bindingSuccess(for: request, from: source)
    }

    /// A plain success response: XOR-MAPPED-ADDRESS, no integrity, FINGERPRINT if the request had one.
    public static func bindingSuccess(for request: STUNMessage, from source: SocketAddress) -> [UInt8] {
        var response = STUNBuilder(respondingTo: request, with: .success)
        response.add(xorMappedAddress: source)
        return response.finish(integrityKey: nil, fingerprint: request.hasFingerprint)
    }
}
