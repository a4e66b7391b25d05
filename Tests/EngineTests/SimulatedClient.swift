import Ciphers
import Congestion
import Engine
import ICE
import Negotiation
import RTP
import SRTP
import STUN
import Wire

/// A browser's end of a call as far as the wire shows it: it checks its path, sends media and answers
/// feedback, and receives into slots that check everything.
final class SimulatedClient {
    let peer: PeerID
    let options: ClientOptions
    let keys: SRTPKeyingMaterial
    /// The codecs and their payload types, which are this client's own.
    let codecs: [NegotiatedCodec]
    let extensions: ExtensionMap
    var address: SocketAddress
    var localICE: ICECredentials
    var serverICE: ICECredentials
    let uplink: SimulatedLink
    let downlink: SimulatedLink
    /// What holds its pictures back, if it sends as a browser does.
    let pacer: SimulatedPacer?
    /// What it sends.
    var streams: [SimulatedStream] = []
    /// What it receives, by the slot's SSRC.
    private(set) var slots: [ReceivedSlot] = []
    private(set) var slotsBySSRC: [SSRC: ReceivedSlot] = [:]
    /// Whether its checks choose the path they are sent over.
    var nominates = true
    /// Whether it has been taken out of the room; it may not know yet.
    var hasLeft = false
    /// Whether it has fallen silent.
    var isGone = false
    /// Whether a check has been answered from the present address.
    private(set) var isConnected = false
    /// When feedback on transport-wide numbers came.
    var feedbackTimes: [Timestamp] = []
    /// The transport-wide numbers that feedback said arrived.
    var acknowledged: Set<UInt16> = []
    var maximumBitrates: [UInt64] = []
    private(set) var checksRefused = 0
    var undecipherable = 0
    var repeats = 0
    var transportNumbersSent = 0
    /// When packets from the server arrived, for feedback.
    var arrivals = TransportFeedbackGenerator(interval: .milliseconds(50))
    /// Packets that had nothing but padding.
    var paddingReceived = 0

    unowned let room: SimulatedRoom
    private var generator: SeededGenerator
    private(set) var sender: SRTPSender
    private(set) var receiver: SRTPReceiver
    private(set) var controlOut: SRTCPTransform
    private(set) var controlIn: SRTCPTransform
    let controlSSRC: SSRC
    var transportNumber: UInt16
    private var ticks = 0
    private var nextVideo: Timestamp
    private var nextAudio: Timestamp
    var clockStart: NTPTime
    var lastReports: [SSRC: (middle: UInt32, arrival: Timestamp)] = [:]

    init(
        peer: PeerID,
        options: ClientOptions,
        keys: SRTPKeyingMaterial,
        address: SocketAddress,
        serverICE: ICECredentials,
        room: SimulatedRoom,
        generator: SeededGenerator
    ) throws {
        self.peer = peer
        self.options = options
        self.keys = keys
        self.address = address
        self.serverICE = serverICE
        self.room = room
        var generator = generator
        localICE = ICECredentials.random(workerIndex: 35, using: &generator)
        codecs = options.codecs(shift: UInt8(peer.rawValue % 4))
        extensions = Self.makeExtensions(shift: UInt8(peer.rawValue % 3), options: options)
        pacer = options.targetBitrate.map { SimulatedPacer(target: $0) }
        uplink = room.network.makeLink(options.uplink)
        downlink = room.network.makeLink(options.downlink)
        sender = try SRTPSender(profile: keys.profile, key: keys.clientKey, salt: keys.clientSalt)
        receiver = try SRTPReceiver(profile: keys.profile, key: keys.serverKey, salt: keys.serverSalt)
        controlOut = try SRTCPTransform(
            profile: keys.profile,
            key: keys.clientKey,
            salt: keys.clientSalt,
            direction: .outbound
        )
        controlIn = try SRTCPTransform(
            profile: keys.profile,
            key: keys.serverKey,
            salt: keys.serverSalt,
            direction: .inbound
        )
        controlSSRC = SSRC(UInt32.random(in: 1...UInt32.max, using: &generator))
        transportNumber = UInt16.random(in: 65_000...65_535, using: &generator)
        // A clock of its own, years away from the server's.
        clockStart = NTPTime(
            unixNanoseconds: Int64.random(in: 0...1_000_000_000_000_000_000, using: &generator)
        )
        nextVideo = room.now + .milliseconds(Int64.random(in: 0...49, using: &generator))
        nextAudio = room.now + .milliseconds(Int64.random(in: 0...19, using: &generator))
        self.generator = generator
    }

    /// Begins a new transport with other keys: every stream's SRTP index starts from a rollover counter of zero.
    func rekey(_ keys: SRTPKeyingMaterial) throws {
        sender = try SRTPSender(profile: keys.profile, key: keys.clientKey, salt: keys.clientSalt)
        receiver = try SRTPReceiver(profile: keys.profile, key: keys.serverKey, salt: keys.serverSalt)
        controlOut = try SRTCPTransform(
            profile: keys.profile, key: keys.clientKey, salt: keys.clientSalt, direction: .outbound)
        controlIn = try SRTCPTransform(
            profile: keys.profile, key: keys.serverKey, salt: keys.serverSalt, direction: .inbound)
        for stream in streams {
            stream.srtp = SRTPSendStream(ssrc: stream.ssrc)
            stream.rtx = stream.rtxSSRC.map { SRTPSendStream(ssrc: $0) }
            stream.number = ExtendedSequenceNumber(stream.number.rawValue & 0xFFFF)
            stream.rtxNumber = ExtendedSequenceNumber(stream.rtxNumber.rawValue & 0xFFFF)
        }
    }

    private static func makeExtensions(shift: UInt8, options: ClientOptions) -> ExtensionMap {
        var map = ExtensionMap()
        map.set(.mid, to: 4 + shift)
        if options.hasTransportFeedback { map.set(.transportWideCC, to: 3 - shift) }
        map.set(.rtpStreamID, to: 10)
        map.set(.repairedRTPStreamID, to: 11)
        map.set(.audioLevel, to: 8 + shift % 2)
        map.set(.playoutDelay, to: 14)
        if options.hasDependencyDescriptor, options.videoCodecs != [.vp8] { map.set(.dependencyDescriptor, to: 12 + shift % 2) }
        return map
    }

    func addSlot(_ section: DownlinkSection) {
        let slot = ReceivedSlot(section) { [unowned self] in room.complain("\(peer) \($0)") }
        slots.append(slot)
        slotsBySSRC[section.ssrc] = slot
        if let rtx = section.rtxSSRC { slotsBySSRC[rtx] = slot }
    }

    /// The slot with a MID.
    func slot(_ mid: String) -> ReceivedSlot {
        guard let slot = slots.first(where: { $0.section.mid == mid }) else { fatalError("no slot \(mid)") }
        return slot
    }

    /// What the server's round trip to this client is, at least.
    var roundTrip: Interval { uplink.conditions.delay + downlink.conditions.delay }

    // MARK: Time

    /// Everything a client does by itself, every ten milliseconds.
    func tick() {
        guard !isGone else { return }
        let now = room.now
        if ticks % 50 == 0 || !isConnected && ticks % 5 == 0 { sendCheck() }
        ticks += 1
        guard isConnected else {
            // What is captured before the path is there is never encoded.
            while nextVideo + options.pictureInterval <= now { nextVideo = nextVideo + options.pictureInterval }
            while nextAudio + .milliseconds(20) <= now { nextAudio = nextAudio + .milliseconds(20) }
            return
        }
        while nextVideo <= now {
            sendFrames(of: .video, capture: nextVideo - .milliseconds(12))
            nextVideo = nextVideo + options.pictureInterval
        }
        while nextAudio <= now {
            sendFrames(of: .audio, capture: nextAudio - .milliseconds(25))
            nextAudio = nextAudio + .milliseconds(20)
        }
        for slot in slots { slot.advance(at: now) }
        pacer?.tick(at: now)
        if ticks % 2 == 0 { sendRequests(at: now) }
        sendFeedback(at: now)
        if ticks % 20 == 0 { sendReceiverReport(at: now) }
        if ticks % 40 == 10 { sendSenderReports(at: now) }
    }

    private func sendFrames(of kind: MediaKind, capture: Timestamp) {
        for stream in streams where stream.kind == kind && stream.isSending(at: capture) {
            for packet in stream.makeFrame(capture: capture, using: &generator) { send(packet, on: stream) }
        }
    }

    // MARK: ICE

    /// Sends a check that nominates its path, as Chrome does with a lite server.
    func sendCheck() { room.send(check(password: serverICE.password), from: self) }

    /// Somebody else sends a check in this client's name, without knowing the password.
    func sendForgedCheck(from address: SocketAddress) {
        room.deliver(check(password: "not the password at all!"), from: address)
    }

    private func check(password: String) -> [UInt8] {
        var builder = STUNBuilder(
            method: .binding,
            messageClass: .request,
            transactionID: .random(using: &generator)
        )
        builder.add(username: "\(serverICE.usernameFragment):\(localICE.usernameFragment)")
        builder.add(iceControlling: 7)
        builder.add(priority: 0x6E_00_1E_FF)
        if nominates { builder.addUseCandidate() }
        return builder.finish(integrityKey: Array(password.utf8), fingerprint: true)
    }

    /// Appears at another address, as after a change of network.
    func move(to address: SocketAddress) {
        room.move(self, to: address)
        self.address = address
        sendCheck()
    }

    func receiveSTUN(_ bytes: [UInt8]) {
        guard let message = try? STUNMessage(parsing: bytes.span) else {
            return room.complain("\(peer): bad STUN")
        }
        guard message.messageClass == .success else {
            checksRefused += 1
            return
        }
        if !message.verifiesIntegrity(of: bytes.span, key: Array(serverICE.password.utf8)) {
            // An answer to a check from before a restart.
            return
        }
        if message.xorMappedAddress == address { isConnected = true }
    }
}
