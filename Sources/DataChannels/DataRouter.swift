public import Engine
public import Wire

/// Passes messages between the data channels of a room's members.
///
///     Ada opens "chat" and sends ──▶ everybody else has a channel "chat", protocol "from:ada", opened at her first message
///     Ben answers on that channel ──▶ Ada alone has a channel "chat", protocol "direct-from:ben"
///     Ada opens "chat", protocol "to:ben" and sends ──▶ Ben alone has a channel "chat", protocol "direct-from:ada"
///
/// A channel toward a receiver has the reliability of the sender's. What follows a semicolon in a protocol is the
/// application's own and is passed on: `v1` arrives as `from:ada;v1`, `to:ben;v1` as `direct-from:ada;v1`.
///
/// Sans-IO: give it what the associations received, then drain `pollCommand`. The associations are the owner's.
public struct DataRouter: Sendable {
    private let limits: DataChannelLimits
    private var members: [PeerID: Member] = [:]
    private var rooms: [RoomKey: [PeerID]] = [:]
    private var commands: [(PeerID, ChannelSession.Command)] = []

    /// One participant's end.
    struct Member: Sendable {
        var room: RoomKey
        var name: String
        var maxMessageSize: Int
        var session: ChannelSession
        var isUp = false
        /// Whether its association is to end: no more of its messages are taken.
        var isEnding = false
        var statistics = DataStatistics()
        var messages: TokenBucket
        var bytes: TokenBucket
        /// By the stream of a channel that this member sends on: where that goes.
        var routes: [UInt16: Route] = [:]
        /// By the stream of a channel that we opened to this member: whose messages come on it.
        var origins: [UInt16: Origin] = [:]
    }

    /// Where the messages of one channel go.
    struct Route: Sendable {
        var audience: Audience
        /// What the channels toward the receivers are opened with.
        var opening: ChannelOpening
        /// The stream at each receiver; one that has closed it is sent no more.
        var legs: [PeerID: Leg] = [:]
    }

    enum Audience: Sendable { case room, member(String), peer(PeerID) }
    enum Leg: Sendable { case open(UInt16), closed }
    struct Origin: Sendable {
        var peer: PeerID
        var stream: UInt16
    }

    /// Makes a router without members.
    public init(limits: DataChannelLimits) { self.limits = limits }

    /// Members there are.
    public var count: Int { members.count }

    /// The next thing an association shall do, `nil` when drained.
    public mutating func pollCommand() -> (peer: PeerID, command: ChannelSession.Command)? {
        commands.isEmpty ? nil : commands.removeFirst()
    }

    // MARK: Members

    /// Adds a member whose association is on its way.
    ///
    /// - Parameters:
    ///   - name: The participant's identifier, under which others know it.
    ///   - maxMessageSize: The largest message its client takes, bytes.
    public mutating func add(
        _ peer: PeerID, named name: String, in room: RoomKey, isDTLSClient: Bool, maxMessageSize: Int = 65_536,
        at now: Timestamp
    ) {
        guard members[peer] == nil else { return }
        members[peer] = Member(
            room: room, name: name, maxMessageSize: maxMessageSize,
            session: ChannelSession(limits: limits, isDTLSClient: isDTLSClient),
            messages: TokenBucket(rate: limits.messagesPerSecond, burst: limits.messageBurst, at: now),
            bytes: TokenBucket(rate: limits.bytesPerSecond, burst: limits.byteBurst, at: now))
        rooms[room, default: []].append(peer)
    }

    /// Notes that a member's association is there.
    public mutating func connect(_ peer: PeerID, streams: UInt16) {
        members[peer]?.isUp = true
        members[peer]?.session.agree(streams: streams)
    }

    /// Takes a member out: the channels that carried its messages to others end.
    public mutating func remove(_ peer: PeerID) {
        guard let member = members[peer] else { return }
        for stream in member.routes.keys { endRoute(of: peer, stream) }
        for origin in member.origins.values { members[origin.peer]?.routes[origin.stream]?.legs[peer] = nil }
        members[peer] = nil
        rooms[member.room]?.removeAll { $0 == peer }
        if rooms[member.room]?.isEmpty == true { rooms[member.room] = nil }
    }

    /// A member's figures; `nil` when there is no such member.
    public func statistics(of peer: PeerID) -> DataStatistics? {
        guard let member = members[peer] else { return nil }
        var figures = member.statistics
        figures.isConnected = member.isUp
        figures.channels = member.session.count
        return figures
    }

    /// Counts what an association did not take.
    public mutating func noteDrop(_ reason: DataDropReason, of peer: PeerID) {
        members[peer]?.statistics.drops[reason.rawValue, default: 0] += 1
    }

    // MARK: What comes in

    /// Takes a message of a member's association.
    public mutating func handle(_ message: SCTPMessage, from peer: PeerID, at now: Timestamp) {
        members[peer]?.session.handle(message)
        drain(peer, at: now)
    }

    /// A member has reset its direction of streams.
    public mutating func handleReset(_ streams: [UInt16], from peer: PeerID, at now: Timestamp) {
        for stream in streams { members[peer]?.session.handleReset(stream) }
        drain(peer, at: now)
    }

    private mutating func drain(_ peer: PeerID, at now: Timestamp) {
        collect(peer)
        while let event = members[peer]?.session.pollEvent() {
            switch event {
            case .opened(let stream, let opening): open(stream, opening, of: peer)
            case .message(let stream, let message): route(message, on: stream, from: peer, at: now)
            case .closed(let stream): closed(stream, of: peer)
            case .dropped(let reason): noteDrop(reason, of: peer)
            }
        }
        collect(peer)
    }

    private mutating func collect(_ peer: PeerID) {
        while let command = members[peer]?.session.pollCommand() { commands.append((peer, command)) }
    }

    // MARK: Channels

    private mutating func open(_ stream: UInt16, _ opening: ChannelOpening, of peer: PeerID) {
        guard let name = members[peer]?.name else { return }
        let address = ChannelAddress(opening.protocolName)
        var toward = opening
        toward.protocolName = address.towardReceiver(from: name)
        members[peer]?.routes[stream] = Route(
            audience: address.receiver.map { .member($0) } ?? .room, opening: toward)
    }

    private mutating func closed(_ stream: UInt16, of peer: PeerID) {
        endRoute(of: peer, stream)
        if let origin = members[peer]?.origins.removeValue(forKey: stream) {
            members[origin.peer]?.routes[origin.stream]?.legs[peer] = .closed
        }
    }

    /// Closes the channels that carried one channel's messages.
    private mutating func endRoute(of peer: PeerID, _ stream: UInt16) {
        guard let route = members[peer]?.routes.removeValue(forKey: stream) else { return }
        for (receiver, leg) in route.legs {
            guard case .open(let there) = leg else { continue }
            members[receiver]?.origins[there] = nil
            // Answers on it have nowhere to go either.
            endRoute(of: receiver, there)
            members[receiver]?.session.close(there)
            collect(receiver)
        }
    }

    // MARK: Messages

    private mutating func route(_ message: ChannelMessage, on stream: UInt16, from peer: PeerID, at now: Timestamp) {
        guard let member = members[peer], !member.isEnding else { return }
        members[peer]?.statistics.messagesIn += 1
        members[peer]?.statistics.bytesIn += UInt64(message.bytes.count)
        let isReliable = member.session.channels[stream]?.opening.reliability.isReliable ?? true
        guard isWithinRate(message, of: peer, isReliable: isReliable, at: now) else {
            noteDrop(.rateLimited, of: peer)
            // What the channel promised cannot be kept; better an end that is seen than a hole that is not.
            if isReliable { end(peer, because: "The participant sent reliable messages faster than it may.") }
            return
        }
        if member.routes[stream] == nil { openAnswer(on: stream, of: peer) }
        let receivers = receivers(of: members[peer]?.routes[stream]?.audience, from: peer, in: member.room)
        // Nobody else in the room is not a loss; nobody by that name is one.
        if receivers.isEmpty, case .room? = members[peer]?.routes[stream]?.audience { return }
        guard !receivers.isEmpty else { return noteDrop(.noReceiver, of: peer) }
        for receiver in receivers { pass(message, on: stream, from: peer, to: receiver) }
    }

    private mutating func isWithinRate(
        _ message: ChannelMessage, of peer: PeerID, isReliable: Bool, at now: Timestamp
    ) -> Bool {
        let messageDebt = isReliable ? limits.messageTolerance : 0
        let byteDebt = isReliable ? limits.byteTolerance : 0
        return members[peer]?.messages.take(1, debt: messageDebt, at: now) == true
            && members[peer]?.bytes.take(Double(message.bytes.count), debt: byteDebt, at: now) == true
    }

    /// Has a member's association ended.
    private mutating func end(_ peer: PeerID, because reason: String) {
        members[peer]?.isEnding = true
        commands.append((peer, .abort(reason)))
    }

    /// The first message on a channel that we opened is an answer to whoever sends on it.
    private mutating func openAnswer(on stream: UInt16, of peer: PeerID) {
        guard let member = members[peer], let origin = member.origins[stream],
            let channel = member.session.channels[stream]
        else { return }
        var toward = channel.opening
        toward.protocolName = ChannelAddress(toward.protocolName).answer(from: member.name)
        members[peer]?.routes[stream] = Route(audience: .peer(origin.peer), opening: toward)
    }

    private func receivers(of audience: Audience?, from peer: PeerID, in room: RoomKey) -> [PeerID] {
        let others = (rooms[room] ?? []).lazy.filter { $0 != peer && members[$0]?.isUp == true }
        return switch audience {
        case .room: Array(others)
        case .member(let name): others.filter { members[$0]?.name == name }
        case .peer(let receiver): others.filter { $0 == receiver }
        case nil: []
        }
    }

    private mutating func pass(_ message: ChannelMessage, on stream: UInt16, from peer: PeerID, to receiver: PeerID) {
        guard message.bytes.count <= members[receiver]?.maxMessageSize ?? 0 else {
            return noteDrop(.tooLarge, of: receiver)
        }
        switch members[peer]?.routes[stream]?.legs[receiver] {
        case .closed: noteDrop(.closedChannel, of: receiver)
        case .open(let there): send(message, on: there, to: receiver)
        case nil:
            guard let opening = members[peer]?.routes[stream]?.opening else { return }
            guard let there = members[receiver]?.session.open(opening) else { return noteDrop(.noStream, of: receiver) }
            members[peer]?.routes[stream]?.legs[receiver] = .open(there)
            members[receiver]?.origins[there] = Origin(peer: peer, stream: stream)
            send(message, on: there, to: receiver)
        }
    }

    private mutating func send(_ message: ChannelMessage, on stream: UInt16, to receiver: PeerID) {
        guard members[receiver]?.session.send(message, on: stream) == true else {
            return noteDrop(.closedChannel, of: receiver)
        }
        members[receiver]?.statistics.messagesOut += 1
        members[receiver]?.statistics.bytesOut += UInt64(message.bytes.count)
        collect(receiver)
    }
}
