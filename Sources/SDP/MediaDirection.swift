/// Which way media flows in a section, seen by who wrote the description (RFC 8866 §6.7).
public enum MediaDirection: String, Sendable, CaseIterable {
    case sendrecv, sendonly, recvonly, inactive

    /// Makes the direction from its two halves.
    public init(sends: Bool, receives: Bool) {
        switch (sends, receives) {
        case (true, true): self = .sendrecv
        case (true, false): self = .sendonly
        case (false, true): self = .recvonly
        case (false, false): self = .inactive
        }
    }

    /// Whether the writer sends.
    public var sends: Bool { self == .sendrecv || self == .sendonly }

    /// Whether the writer receives.
    public var receives: Bool { self == .sendrecv || self == .recvonly }

    /// The same flow seen from the other side.
    public var reversed: MediaDirection { MediaDirection(sends: receives, receives: sends) }
}

extension AttributeList {
    /// The direction written at this level, if one is.
    public var direction: MediaDirection? {
        for element in elements where element.value == nil {
            if let direction = MediaDirection(rawValue: element.name) { return direction }
        }
        return nil
    }
}

extension SessionDescription {
    /// The direction of a section: its own, else the session's, else `sendrecv` (RFC 8866 §6.7).
    public func direction(of section: MediaDescription) -> MediaDirection {
        section.attributes.direction ?? attributes.direction ?? .sendrecv
    }
}
