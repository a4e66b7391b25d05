/// Why a packet was not forwarded.
///
/// Every packet that ends here has exactly one of these, and each has a counter.
/// The raw values index ``DropCounters``; they are not stable across versions, ``label`` is.
public enum DropReason: UInt8, CaseIterable, Sendable, Hashable {
    // Before the packet belongs to anybody.
    case malformed
    case oversize
    case unknownPeer
    case notValidated
    case rateLimited
    case authenticationFailed
    case replay

    // While it looks for its publication.
    case unknownSSRC
    case tooManySSRCs
    case codecNotNegotiated
    case unknownExtensionStream
    case paddingOnly
    case duplicate
    case tooOld

    // While it looks for its receivers.
    case noSubscriber
    case notAmongLoudest
    case notForwardedLayer
    case waitingForKeyframe
    case lateAfterSwitch
    case compacted
    case paused

    // On its way out.
    case nonceReuse
    case egressFull
    case mirrorQueueFull
    case transportNotReady

    // Retransmissions that were asked for and not given.
    case notInHistory
    case resentTooSoon
    case resentTooOften
    case resendBudgetSpent

    /// The stable name for metrics and the status API, in snake case.
    public var label: String {
        switch self {
        case .malformed: "malformed"
        case .oversize: "oversize"
        case .unknownPeer: "unknown_peer"
        case .notValidated: "not_validated"
        case .rateLimited: "rate_limited"
        case .authenticationFailed: "authentication_failed"
        case .replay: "replay"
        case .unknownSSRC: "unknown_ssrc"
        case .tooManySSRCs: "too_many_ssrcs"
        case .codecNotNegotiated: "codec_not_negotiated"
        case .unknownExtensionStream: "unknown_extension_stream"
        case .paddingOnly: "padding_only"
        case .duplicate: "duplicate"
        case .tooOld: "too_old"
        case .noSubscriber: "no_subscriber"
        case .notAmongLoudest: "not_among_loudest"
        case .notForwardedLayer: "not_forwarded_layer"
        case .waitingForKeyframe: "waiting_for_keyframe"
        case .lateAfterSwitch: "late_after_switch"
        case .compacted: "compacted"
        case .paused: "paused"
        case .nonceReuse: "nonce_reuse"
        case .egressFull: "egress_full"
        case .mirrorQueueFull: "mirror_queue_full"
        case .transportNotReady: "transport_not_ready"
        case .notInHistory: "not_in_history"
        case .resentTooSoon: "resent_too_soon"
        case .resentTooOften: "resent_too_often"
        case .resendBudgetSpent: "resend_budget_spent"
        }
    }
}

extension DropReason: CustomStringConvertible {
    /// One sentence for an operator.
    public var description: String {
        switch self {
        case .malformed: "The bytes are not a valid packet of the kind they claim to be."
        case .oversize: "The packet is larger than a packet buffer."
        case .unknownPeer: "No peer is known at the address the packet came from."
        case .notValidated: "The sender's address has not passed an authenticated connectivity check."
        case .rateLimited: "The sender exceeded the rate that is allowed for packets of this kind."
        case .authenticationFailed: "The SRTP or SRTCP authentication tag does not match."
        case .replay: "The SRTP index was received before, or is too old to tell."
        case .unknownSSRC: "The SSRC was not negotiated, and no MID or RID extension says which stream it is."
        case .tooManySSRCs: "The m-line already carries as many SSRCs as are allowed."
        case .codecNotNegotiated:
            "The payload type does not belong to a codec that sender and receiver negotiated."
        case .unknownExtensionStream: "The MID or RID extension names a stream that was not negotiated."
        case .paddingOnly: "The packet carries padding only: it probes bandwidth and holds no media."
        case .duplicate: "The same sequence number was received before."
        case .tooOld: "The sequence number is older than the window that is remembered."
        case .noSubscriber: "Nobody has this publication on a receive slot."
        case .notAmongLoudest:
            "In a large room only the loudest voices are forwarded, and this was none of them."
        case .notForwardedLayer: "The packet belongs to a layer that this receiver is not sent."
        case .waitingForKeyframe:
            "The receiver's stream can begin or change only at a keyframe, and this is none."
        case .lateAfterSwitch: "The packet precedes the point at which the stream switched to this source."
        case .compacted:
            "The packet was left out on purpose and its number given to the next one; it came again."
        case .paused: "The receiver or the publisher has paused this stream."
        case .nonceReuse: "Sending it would use an SRTP index twice."
        case .egressFull: "The batch of outgoing packets has no free slot."
        case .mirrorQueueFull: "The queue to another worker is full."
        case .transportNotReady: "The receiver's SRTP keys or its address are not known yet."
        case .notInHistory:
            "The retransmission that was asked for is no longer, or never was, in the history."
        case .resentTooSoon: "The same packet was retransmitted a moment ago and may still be on its way."
        case .resentTooOften: "The same packet was retransmitted as often as is allowed."
        case .resendBudgetSpent: "Retransmissions already take the share of the bit rate they may have."
        }
    }
}
