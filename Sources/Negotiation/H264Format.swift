import SDP
import Wire

/// What the parameters of an H.264 payload type say (RFC 6184 §8.1).
struct H264Format: Equatable, Sendable {
    /// The profiles that differ for a decoder (H.264 §A.2, RFC 6184 table 5).
    enum Profile: Equatable, Sendable {
        case constrainedBaseline, baseline, extended, main, constrainedHigh, high
    }

    var profile: Profile
    var packetizationMode: UInt8
    /// The six digits of `profile-level-id`, as they were written.
    var profileLevelID: String
    var allowsLevelAsymmetry: Bool

    /// Reads an `a=fmtp` text; `nil` for a profile or a packetization mode that is not known.
    init?(parameters: String) {
        let format = FormatParameters(payloadType: PayloadType(0), text: parameters)
        // Without the parameter, Baseline at level 1 (RFC 6184 §8.1).
        let identifier = format["profile-level-id"] ?? "42000a"
        guard let profile = Profile(profileLevelID: identifier) else { return nil }
        switch format["packetization-mode"] ?? "0" {
        case "0": packetizationMode = 0
        case "1": packetizationMode = 1
        default: return nil
        }
        self.profile = profile
        profileLevelID = identifier.asciiLowercased
        allowsLevelAsymmetry = format["level-asymmetry-allowed"] == "1"
    }

    /// The parameters in the order browsers write them.
    var parameters: String {
        (allowsLevelAsymmetry ? "level-asymmetry-allowed=1;" : "")
            + "packetization-mode=\(packetizationMode);profile-level-id=\(profileLevelID)"
    }

    /// Whether a decoder of this format can take `sent`.
    func decodes(_ sent: H264Format) -> Bool {
        guard packetizationMode >= sent.packetizationMode else { return false }
        if profile == sent.profile { return true }
        return switch (profile, sent.profile) {
        // Constrained Baseline is what all profiles have in common; Main lies inside High (H.264 §A.2).
        case (_, .constrainedBaseline): true
        case (.high, .main), (.high, .constrainedHigh): true
        default: false
        }
    }
}

extension H264Format.Profile {
    /// Reads `profile_idc`, the constraint flags and the level: three bytes in hexadecimal.
    init?(profileLevelID text: String) {
        let digits = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) }
        guard text.utf8.count == 6, digits, let bits = UInt32(text, radix: 16) else { return nil }
        let constraints = UInt8(truncatingIfNeeded: bits >> 8)
        let isConstrained = constraints & 0x40 != 0
        switch bits >> 16 {
        case 0x42: self = isConstrained ? .constrainedBaseline : .baseline
        // Main that keeps to Baseline (set0) has no Main tools left; Extended likewise when set0 and set1 are
        // there.
        case 0x4D: self = constraints & 0x80 != 0 ? .constrainedBaseline : .main
        case 0x58: self = constraints & 0xC0 == 0xC0 ? .constrainedBaseline : .extended
        case 0x64: self = constraints & 0x0C == 0x0C ? .constrainedHigh : .high
        default: return nil
        }
    }
}
