import ICE
import STUN
import Testing
import Wire

extension Timestamp {
    /// A point in virtual time, in milliseconds from its beginning.
    static func at(_ milliseconds: Int64) -> Timestamp { Timestamp.zero + .milliseconds(milliseconds) }
}

extension NetworkPath {
    /// The path between the server's socket and a port of the peer's.
    static func peer(_ port: UInt16, host: UInt32 = 0xC000_0201, socket: UInt8 = 0) -> NetworkPath {
        let ip = IPAddress(v4: host)
        return NetworkPath(socket: SocketIndex(socket), remote: SocketAddress(ip: ip, port: port))
    }
}

let home = NetworkPath.peer(1000)
let relay = NetworkPath.peer(2000)
let mobile = NetworkPath.peer(3000, host: 0xCB00_7109)

extension ICECredentials {
    static let server = ICECredentials(usernameFragment: "00serverAA", password: "serverpasswordserverpass")
    static let serverNew = ICECredentials(
        usernameFragment: "00serverBB",
        password: "newserverpasswordserverp"
    )
    static let serverNewest = ICECredentials(
        usernameFragment: "00serverCC",
        password: "newestserverpasswordserv"
    )
    static let client = ICECredentials(usernameFragment: "clnt", password: "clientpasswordclientpass")
}

/// A controlling peer that writes checks by hand: everything in it can be got wrong on purpose.
struct Check {
    var username: String? = "00serverAA:clnt"
    var password: String? = ICECredentials.server.password
    var priority: UInt32? = 100
    var useCandidate = false
    var nomination: UInt32?
    var controlled = false
    var controlling = true
    var fingerprint = true
    var method = STUNMethod.binding
    var messageClass = STUNClass.request
    var extra: [(STUNAttributeType, [UInt8])] = []
    var algorithm = STUNIntegrityAlgorithm.sha1

    static let transactionID = STUNTransactionID(high: 0xABCD, low: 0xEF)

    static func plain(priority: UInt32 = 100) -> Check { Check(priority: priority) }
    static func nominating(priority: UInt32 = 100) -> Check { Check(priority: priority, useCandidate: true) }
    static func renominating(_ value: UInt32) -> Check { Check(nomination: value) }

    /// The same check under other credentials of the server's.
    func with(_ credentials: ICECredentials) -> Check {
        var copy = self
        copy.username = credentials.usernameFragment + ":clnt"
        copy.password = credentials.password
        return copy
    }

    var bytes: [UInt8] {
        var builder = STUNBuilder(
            method: method,
            messageClass: messageClass,
            transactionID: Self.transactionID
        )
        if let username { builder.add(username: username) }
        builder.add(STUNAttributeType(0xC057), [0, 0, 0, 50])  // What every check of Chrome's holds.
        if controlling { builder.add(iceControlling: 1) }
        if controlled { builder.add(iceControlled: 1) }
        if let priority { builder.add(priority: priority) }
        if useCandidate { builder.addUseCandidate() }
        if let nomination { builder.add(nomination: nomination) }
        for (type, value) in extra { builder.add(type, value) }
        let key = password.map { Array($0.utf8) }
        return builder.finish(integrityKey: key, fingerprint: fingerprint, algorithm: algorithm)
    }
}

/// The answer to a check with the bytes it stands in.
struct Answer {
    let message: STUNMessage
    let bytes: [UInt8]

    var verifiesFingerprint: Bool { message.verifiesFingerprint(of: bytes.span) }

    func verifies(_ credentials: ICECredentials) -> Bool {
        message.verifiesIntegrity(of: bytes.span, key: Array(credentials.password.utf8))
    }
}

extension ICELiteAgent {
    /// Hands the agent a check; the answer, `nil` if it was dropped.
    @discardableResult
    mutating func receive(_ check: Check, on path: NetworkPath, at milliseconds: Int64) -> Answer? {
        let bytes = check.bytes
        guard let message = try? STUNMessage(parsing: bytes.span),
            case .respond(let reply) = handle(message, bytes: bytes.span, on: path, at: .at(milliseconds)),
            let answer = try? STUNMessage(parsing: reply.span)
        else { return nil }
        return Answer(message: answer, bytes: reply)
    }

    /// Hands the agent a check that must not be dropped.
    mutating func answer(to check: Check, on path: NetworkPath, at milliseconds: Int64) throws -> Answer {
        let answer = receive(check, on: path, at: milliseconds)
        return try #require(answer)
    }

    mutating func receiveMedia(on path: NetworkPath, at milliseconds: Int64) {
        noteAuthenticatedPacket(on: path, at: .at(milliseconds))
    }

    /// Lets time pass the way a runtime does: the agent is woken when it asked to be, and not otherwise.
    mutating func advance(to milliseconds: Int64) {
        var wakes = 0
        while let next = nextTimeout, next <= .at(milliseconds) {
            handleTimeout(at: next)
            wakes += 1
            guard wakes < 1000 else {
                Issue.record("the agent asks to be woken for nothing")
                return
            }
        }
    }

    mutating func drainEvents() -> [ICEEvent] {
        var events: [ICEEvent] = []
        while let event = pollEvent() { events.append(event) }
        return events
    }

    static func fresh(_ configuration: ICEConfiguration = ICEConfiguration()) -> ICELiteAgent {
        var agent = ICELiteAgent(local: .server, configuration: configuration, at: .zero)
        agent.setRemote(.client)
        return agent
    }

    /// An agent with `home` selected by a nomination at time zero, and no events left.
    static func connected(_ configuration: ICEConfiguration = ICEConfiguration()) -> ICELiteAgent {
        var agent = fresh(configuration)
        agent.receive(.nominating(), on: home, at: 0)
        _ = agent.drainEvents()
        return agent
    }
}
