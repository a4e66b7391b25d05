import DataChannels
import Engine
import Testing
import Wire

/// Browsers' ends without SCTP and network: what the router sends to an association arrives at a session of the other role.
struct RouterRoom {
    var router: DataRouter
    var clients: [PeerID: ChannelSession] = [:]
    var inbox: [PeerID: [String]] = [:]
    var openings: [PeerID: [UInt16: ChannelOpening]] = [:]
    var aborts: [PeerID: String] = [:]
    var now = Timestamp.zero
    let limits: DataChannelLimits

    init(limits: DataChannelLimits = DataChannelLimits()) {
        self.limits = limits
        router = DataRouter(limits: limits)
    }

    mutating func join(_ number: UInt64, _ name: String, room: UInt64 = 1, maxMessageSize: Int = 65_536) -> PeerID {
        let peer = PeerID(number)
        router.add(
            peer, named: name, in: RoomKey(room), isDTLSClient: false, maxMessageSize: maxMessageSize, at: now)
        router.connect(peer, streams: limits.streams)
        // The browser is the DTLS client: its streams are the even ones.
        var wide = DataChannelLimits()
        wide.maxChannels = 1_000
        wide.maxMessageSize = 1 << 20
        clients[peer] = ChannelSession(limits: wide, isDTLSClient: true)
        return peer
    }

    /// Opens a channel at a client.
    mutating func open(
        _ peer: PeerID, _ label: String, _ name: String = "", _ reliability: ChannelReliability = .init()
    ) -> UInt16 {
        let stream =
            clients[peer]?.open(ChannelOpening(label: label, protocolName: name, reliability: reliability)) ?? .max
        run()
        return stream
    }

    mutating func send(_ text: String, on stream: UInt16, from peer: PeerID) {
        _ = clients[peer]?.send(ChannelMessage(isText: true, bytes: Array(text.utf8)), on: stream)
        run()
    }

    mutating func close(_ stream: UInt16, of peer: PeerID) {
        clients[peer]?.close(stream)
        run()
    }

    mutating func run() {
        var isQuiet = false
        while !isQuiet {
            isQuiet = true
            for peer in clients.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
                while let command = clients[peer]?.pollCommand() {
                    isQuiet = false
                    switch command {
                    case .send(let message): router.handle(message, from: peer, at: now)
                    case .reset(let stream): router.handleReset([stream], from: peer, at: now)
                    case .abort(let reason): aborts[peer] = "client: \(reason)"
                    }
                }
            }
            while let (peer, command) = router.pollCommand() {
                isQuiet = false
                switch command {
                case .send(let message): clients[peer]?.handle(message)
                case .reset(let stream): clients[peer]?.handleReset(stream)
                case .abort(let reason): aborts[peer] = reason
                }
                take(peer)
            }
        }
    }

    private mutating func take(_ peer: PeerID) {
        while let event = clients[peer]?.pollEvent() {
            switch event {
            case .opened(let stream, let opening): openings[peer, default: [:]][stream] = opening
            case .message(let stream, let message):
                let opening = openings[peer]?[stream]
                inbox[peer, default: []].append(
                    "\(opening?.label ?? "-") \(opening?.protocolName ?? "-") \(String(decoding: message.bytes, as: UTF8.self))"
                )
            case .closed(let stream): inbox[peer, default: []].append("closed \(stream)")
            case .dropped(let reason): inbox[peer, default: []].append("dropped \(reason)")
            }
        }
    }

    func drops(_ peer: PeerID) -> [String: UInt64] { router.statistics(of: peer)?.drops ?? [:] }
}

@Suite("Routing of data channels")
struct DataRouterTests {
    @Test("A message goes to everybody else in the room, marked with its sender, and to nobody in another")
    func toTheRoom() {
        var room = RouterRoom()
        let ada = room.join(1, "ada"), ben = room.join(2, "ben"), eve = room.join(3, "eve")
        let far = room.join(4, "far", room: 2)
        let chat = room.open(ada, "chat")
        #expect(chat == 0)
        #expect(room.inbox.isEmpty && room.openings.isEmpty)
        room.send("hello", on: chat, from: ada)
        room.send("again", on: chat, from: ada)
        for peer in [ben, eve] { #expect(room.inbox[peer] == ["chat from:ada hello", "chat from:ada again"]) }
        #expect(room.inbox[ada] == nil && room.inbox[far] == nil)
        #expect(room.openings[ben]?.keys.sorted() == [1])
        #expect(room.router.statistics(of: ben)?.messagesOut == 2)
        #expect(room.router.statistics(of: ada)?.messagesIn == 2)
        #expect(room.router.statistics(of: ada)?.bytesIn == 10)
        #expect(room.drops(ada).isEmpty)
    }

    @Test("A late member gets what is said from then on")
    func late() {
        var room = RouterRoom()
        let ada = room.join(1, "ada"), ben = room.join(2, "ben")
        let chat = room.open(ada, "chat")
        room.send("one", on: chat, from: ada)
        let eve = room.join(3, "eve")
        room.send("two", on: chat, from: ada)
        #expect(room.inbox[eve] == ["chat from:ada two"])
        #expect(room.inbox[ben]?.count == 2)
    }

    @Test("to: reaches one member, an answer on its channel the sender alone")
    func direct() {
        var room = RouterRoom()
        let ada = room.join(1, "ada"), ben = room.join(2, "ben"), eve = room.join(3, "eve")
        let whisper = room.open(ada, "chat", "to:ben;v1")
        room.send("psst", on: whisper, from: ada)
        #expect(room.inbox[ben] == ["chat direct-from:ada;v1 psst"])
        room.send("what?", on: 1, from: ben)
        room.send("yes?", on: 1, from: ben)
        #expect(room.inbox[ada] == ["chat direct-from:ben;v1 what?", "chat direct-from:ben;v1 yes?"])
        #expect(room.inbox[eve] == nil)
        let nobody = room.open(ada, "chat", "to:zoe")
        room.send("?", on: nobody, from: ada)
        #expect(room.drops(ada) == ["noReceiver": 1])
    }

    @Test("Nobody can say that a message is somebody else's")
    func forged() {
        var room = RouterRoom()
        let ada = room.join(1, "ada"), ben = room.join(2, "ben")
        for forged in ["from:eve", "direct-from:eve;x"] {
            room.send("I am Eve", on: room.open(ada, "chat", forged), from: ada)
        }
        #expect(room.inbox[ben] == ["chat from:ada I am Eve", "chat from:ada;x I am Eve"])
    }

    @Test("Reliability, binary and empty messages are passed on as they are")
    func untouched() {
        var room = RouterRoom()
        let ada = room.join(1, "ada"), ben = room.join(2, "ben")
        let lossy = ChannelReliability(isOrdered: false, limit: .milliseconds(80))
        let game = room.open(ada, "game", "", lossy)
        room.send("", on: game, from: ada)
        #expect(room.openings[ben]?[1] == ChannelOpening(label: "game", protocolName: "from:ada", reliability: lossy))
        #expect(room.inbox[ben] == ["game from:ada "])
        room.router.handle(
            SCTPMessage(stream: game, payload: .binary, bytes: [0xFF, 0x00]), from: ada, at: .zero)
        var commands: [ChannelSession.Command] = []
        while let (_, command) = room.router.pollCommand() { commands.append(command) }
        #expect(
            commands == [.send(SCTPMessage(stream: 1, payload: .binary, bytes: [0xFF, 0x00], reliability: lossy))])
    }

    @Test("The end of a channel, and of a member, ends what carried its messages, and frees the numbers")
    func ends() {
        var room = RouterRoom()
        let ada = room.join(1, "ada"), ben = room.join(2, "ben")
        let chat = room.open(ada, "chat")
        room.send("one", on: chat, from: ada)
        room.close(chat, of: ada)
        #expect(room.inbox[ben]?.last == "closed 1")
        #expect(room.router.statistics(of: ben)?.channels == 0)
        #expect(room.router.statistics(of: ada)?.channels == 0)
        let second = room.open(ada, "chat")
        #expect(second == chat)
        room.send("two", on: second, from: ada)
        #expect(room.openings[ben]?.keys.sorted() == [1])
        room.router.remove(ada)
        room.clients[ada] = nil
        room.run()
        #expect(room.inbox[ben]?.suffix(2) == ["chat from:ada two", "closed 1"])
        room.router.remove(ben)
        #expect(room.router.count == 0)
    }

    @Test("A receiver that closes a channel is sent no more on it")
    func refusedByReceiver() {
        var room = RouterRoom()
        let ada = room.join(1, "ada"), ben = room.join(2, "ben")
        let chat = room.open(ada, "chat")
        room.send("one", on: chat, from: ada)
        room.close(1, of: ben)
        room.send("two", on: chat, from: ada)
        #expect(room.inbox[ben]?.filter { $0.hasPrefix("chat") } == ["chat from:ada one"])
        #expect(room.drops(ben) == ["closedChannel": 1])
    }

    @Test("Limits: rate, bytes, channels, labels, streams, sizes")
    func limits() {
        var limits = DataChannelLimits()
        limits.messageBurst = 3
        limits.messagesPerSecond = 1
        limits.messageTolerance = 1
        limits.maxChannels = 2
        limits.maxLabelBytes = 8
        limits.streams = 6
        limits.maxMessageSize = 100
        var room = RouterRoom(limits: limits)
        let ada = room.join(1, "ada"), ben = room.join(2, "ben", maxMessageSize: 10)
        let game = room.open(ada, "game", "", ChannelReliability(isOrdered: false, limit: .retransmissions(0)))
        for number in 0..<5 { room.send("\(number)", on: game, from: ada) }
        #expect(room.inbox[ben]?.count == 3)
        #expect(room.drops(ada) == ["rateLimited": 2])
        room.close(game, of: ada)
        room.now = room.now + .seconds(3)
        let chat = room.open(ada, "chat")
        room.send("short", on: chat, from: ada)
        room.send("more than ten", on: chat, from: ada)
        #expect(room.drops(ben) == ["tooLarge": 1])
        _ = room.open(ada, "a very long label")
        _ = room.open(ada, "two")
        _ = room.open(ada, "three")
        #expect(room.drops(ada)["refusedChannel"] == 2)
        #expect(room.router.statistics(of: ada)?.channels == 2)
        room.send(String(repeating: "x", count: 101), on: chat, from: ada)
        #expect(room.aborts[ada] == "A message was larger than 100 bytes.")
        // Three odd numbers below six: the fourth sender finds none.
        for number in UInt64(3)..<6 {
            let peer = room.join(number, "p\(number)")
            room.send("hi", on: room.open(peer, "x"), from: peer)
        }
        #expect(room.drops(ben)["noStream"] == 1)
    }

    @Test("Of reliable messages none is left out: too many of them end the association of who sends them")
    func reliableAboveTheRate() {
        var limits = DataChannelLimits()
        limits.messageBurst = 10
        limits.messagesPerSecond = 10
        limits.messageTolerance = 20
        limits.byteBurst = 1_000
        limits.bytesPerSecond = 1_000
        limits.byteTolerance = 1_000
        let game = ChannelReliability(isOrdered: false, limit: .retransmissions(0))
        var room = RouterRoom(limits: limits)
        let ada = room.join(1, "ada"), ben = room.join(2, "ben"), eve = room.join(3, "eve")
        // At the rate, with a network that stands still for two seconds and then brings everything at once.
        let chat = room.open(ada, "chat"), moves = room.open(ada, "moves", "", game)
        for second in 0..<10 {
            if second != 4 && second != 5 { room.now = .zero + .seconds(Int64(second)) }
            for number in 0..<10 { room.send("\(second) \(number)", on: chat, from: ada) }
        }
        #expect(room.inbox[ben]?.count == 100)
        #expect(room.aborts.isEmpty && room.drops(ada).isEmpty)
        // Far above it: thirty at once, and not one after the first that was not taken.
        room.now = room.now + .seconds(60)
        for number in 0..<40 { room.send("all \(number)", on: chat, from: ada) }
        room.send("late", on: moves, from: ada)
        #expect(room.inbox[ben]?.count == 130 && room.inbox[ben]?.last == "chat from:ada all 29")
        #expect(room.aborts == [ada: "The participant sent reliable messages faster than it may."])
        #expect(room.drops(ada) == ["rateLimited": 1])
        // The same in bytes; and what is unreliable has no credit.
        let lossy = room.open(eve, "moves", "", game), file = room.open(eve, "file")
        let part = String(repeating: "x", count: 600)
        for _ in 0..<3 { room.send(part, on: lossy, from: eve) }
        #expect(room.aborts[eve] == nil && room.drops(eve) == ["rateLimited": 2])
        for _ in 0..<3 { room.send(part, on: file, from: eve) }
        #expect(room.aborts[eve] != nil && room.inbox[ben]?.count { $0.hasPrefix("file") } == 2)
    }

    @Test("Whatever comes in whatever order, nothing traps and everything is let go of", arguments: UInt64(0)..<30)
    func randomWalk(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var limits = DataChannelLimits()
        limits.streams = 32
        var room = RouterRoom(limits: limits)
        var next: UInt64 = 1
        for _ in 0..<400 {
            room.now = room.now + .milliseconds(20)
            let peers = room.clients.keys.sorted { $0.rawValue < $1.rawValue }
            switch Int.random(in: 0..<10, using: &generator) {
            case 0 where peers.count < 8:
                _ = room.join(next, "p\(next)", room: next % 2)
                next += 1
            case 1:
                guard let peer = peers.randomElement(using: &generator) else { continue }
                room.router.remove(peer)
                room.clients[peer] = nil
                room.run()
            case 2:
                guard let peer = peers.randomElement(using: &generator) else { continue }
                _ = room.open(
                    peer, "l", ["", "to:p\(next - 1)", "from:x", "to:"].randomElement(using: &generator) ?? "")
            case 3:
                guard let peer = peers.randomElement(using: &generator) else { continue }
                room.close(UInt16.random(in: 0..<34, using: &generator), of: peer)
            case 4:
                guard let peer = peers.randomElement(using: &generator) else { continue }
                let bytes = (0..<Int.random(in: 1..<20, using: &generator)).map { _ in
                    UInt8.random(in: 0...4, using: &generator)
                }
                let payload = PayloadProtocol(rawValue: UInt32.random(in: 49...58, using: &generator))
                room.router.handle(
                    SCTPMessage(stream: UInt16.random(in: 0..<34, using: &generator), payload: payload, bytes: bytes),
                    from: peer, at: room.now)
                room.run()
            default:
                guard let peer = peers.randomElement(using: &generator) else { continue }
                room.send("m", on: UInt16.random(in: 0..<16, using: &generator), from: peer)
            }
        }
        for peer in room.clients.keys { room.router.remove(peer) }
        room.clients = [:]
        room.run()
        #expect(room.router.count == 0, "seed \(seed)")
    }
}
