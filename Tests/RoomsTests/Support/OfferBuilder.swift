/// Writes offers as browsers do: what the client sends first, then pairs of receive slots.
struct OfferBuilder {
    enum Section {
        case sendAudio, sendVideo, receiveAudio, receiveVideo, dataChannel, unknownCodec
    }

    var sections: [Section] = []
    var ufrag = "abcd"
    var version = 1
    /// M-lines that are stopped, by their places.
    var stopped: Set<Int> = []
    /// The payload types of VP8 and its retransmissions.
    var vp8: UInt8 = 96
    var vp8RTX: UInt8 = 97

    /// A microphone and a camera, and so many pairs to receive on.
    init(pairs: Int, microphone: Bool = true, camera: Bool = true) {
        if microphone { sections.append(.sendAudio) }
        if camera { sections.append(.sendVideo) }
        addPairs(pairs)
    }

    mutating func addPairs(_ count: Int) {
        for _ in 0..<count { sections += [.receiveAudio, .receiveVideo] }
    }

    /// The m-lines' identification tags are their places.
    var sdp: String {
        var lines = [
            "v=0", "o=- 4611731400430051336 \(version) IN IP4 127.0.0.1", "s=-", "t=0 0",
            "a=group:BUNDLE "
                + sections.indices.filter { !stopped.contains($0) }.map(String.init).joined(separator: " "),
            "a=extmap-allow-mixed",
            "a=msid-semantic: WMS",
        ]
        for (mid, section) in sections.enumerated() {
            var section = self.lines(section, mid: mid)
            if stopped.contains(mid) { section[0].replace(" 9 ", with: " 0 ") }
            lines += section
        }
        return lines.joined(separator: "\r\n") + "\r\n"
    }

    private func lines(_ section: Section, mid: Int) -> [String] {
        let transport = [
            "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0", "a=ice-ufrag:\(ufrag)",
            "a=ice-pwd:6YLrXVotp5/YNkTdkW97T6IJ",
            "a=ice-options:trickle",
            "a=fingerprint:sha-256 BD:66:8B:96:94:C4:AC:D9:13:64:7E:9B:C1:0D:86:62:8C:70:2E:C8:DC:BC:EC:F3:21:F0:0C:A8:7A"
                + ":5E:D9:5B",
            "a=setup:actpass", "a=mid:\(mid)",
        ]
        let audio = [
            "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
            "a=rtcp-mux", "a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc",
            "a=fmtp:111 minptime=10;useinbandfec=1",
        ]
        let video = [
            "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid", "a=rtcp-mux", "a=rtcp-rsize",
            "a=rtpmap:\(vp8) VP8/90000",
            "a=rtcp-fb:\(vp8) nack", "a=rtcp-fb:\(vp8) nack pli", "a=rtcp-fb:\(vp8) transport-cc",
            "a=rtpmap:\(vp8RTX) rtx/90000",
            "a=fmtp:\(vp8RTX) apt=\(vp8)",
        ]
        switch section {
        case .sendAudio:
            return ["m=audio 9 UDP/TLS/RTP/SAVPF 111"] + transport + audio
                + ["a=sendonly", "a=msid:- mic\(mid)", "a=ssrc:\(1000 + mid) cname:me"]
        case .receiveAudio: return ["m=audio 9 UDP/TLS/RTP/SAVPF 111"] + transport + audio + ["a=recvonly"]
        case .sendVideo:
            return ["m=video 9 UDP/TLS/RTP/SAVPF \(vp8) \(vp8RTX)"] + transport + video
                + ["a=sendonly", "a=msid:- cam\(mid)", "a=ssrc:\(2000 + mid) cname:me"]
        case .receiveVideo: return ["m=video 9 UDP/TLS/RTP/SAVPF \(vp8) \(vp8RTX)"] + transport + video + ["a=recvonly"]
        case .dataChannel:
            return ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel"] + transport
                + ["a=sctp-port:5000", "a=max-message-size:262144"]
        case .unknownCodec:
            return ["m=video 9 UDP/TLS/RTP/SAVPF 100"] + transport
                + ["a=rtcp-mux", "a=rtpmap:100 H299/90000", "a=sendonly", "a=msid:- odd\(mid)"]
        }
    }
}
