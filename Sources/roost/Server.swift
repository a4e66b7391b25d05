import Ciphers
import DataChannels
import Engine
import Foundation
import Logging
import MediaRuntime
import Rooms
import ServiceLifecycle
import Signaling
import Store
import UnixSignals
import Wire

/// Puts the parts together and runs them until the process is told to end.
struct Server {
    let settings: Settings

    /// Serves until SIGTERM or SIGINT; then closes sessions, records them, and returns within seconds.
    func run() async throws {
        let logger = try makeLogger()
        // All that a person may have mistaken is looked at before anything is opened.
        let http = try httpConfiguration()
        let rooms = try roomsConfiguration()
        try http.tls?.check()
        let media = try MediaRuntime(configuration: mediaConfiguration(), logger: logger)
        let store = Store(configuration: storeConfiguration(), logger: logger)
        // A database that cannot be opened does not keep the server from serving; the log and the status say so.
        let recovery = try? store.open()
        let registry = RoomRegistry(configuration: rooms, plane: media, recorder: store, logger: logger)
        if let recovery { await registry.restore(recovery.rooms) }
        let server = try SignalingServer(configuration: http, registry: registry, store: store, logger: logger)

        let greeting = Greeting(server: server, settings: settings, media: media, logger: logger)
        // Services stop in the reverse order: first nobody new gets in, then sessions are closed and recorded, last the
        // store writes what is queued.
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: store), .init(service: RoomsService(registry: registry)), .init(service: server),
                    .init(service: greeting, successTerminationBehavior: .ignore),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        media.stop()
        logger.info("stopped")
    }

    private func makeLogger() throws -> Logger {
        guard let level = Logger.Level(rawValue: settings.text("log.level").lowercased()) else {
            throw SettingsError(
                "log.level is \"\(settings.text("log.level"))\"; it has to be trace, debug, info, notice, warning or error."
            )
        }
        let format = settings.text("log.format")
        guard ["text", "json"].contains(format) else {
            throw SettingsError("log.format is \"\(format)\"; it has to be text or json.")
        }
        LoggingSystem.bootstrap { LineLogHandler(label: $0, isJSON: format == "json") }
        var logger = Logger(label: "roost")
        logger.logLevel = level
        return logger
    }

    // MARK: Configurations of the parts

    private func mediaConfiguration() throws -> MediaConfiguration {
        var result = MediaConfiguration()
        result.basePort = UInt16(clamping: settings.number("media.port"))
        result.workers = settings.number("media.workers")
        result.listenAddresses = try settings.list("media.listen").map { text in
            guard let address = IPAddress(text) else {
                throw SettingsError("media.listen: \"\(text)\" is no IP address.")
            }
            return address
        }
        result.announcedAddresses = try settings.list("media.announce").flatMap { try HostNames.resolve($0) }
        result.receiveBuffer = settings.number("media.receive-buffer")
        result.pinsWorkers = settings.flag("media.pin")
        result.maxPeersPerWorker = settings.number("media.peers-per-worker")
        result.overloadThreshold = Double(settings.number("media.overload")) / 100
        result.spread = settings.number("media.spread")
        result.segments = settings.flag("media.segmentation")
        result.stunRequestsPerSecond = settings.number("media.stun-rate")
        result.loudestVoices = settings.number("media.voices")
        result.smallRoomVoices = settings.number("media.all-voices")
        result.dataChannels.maxMessageSize = settings.number("data.message-bytes")
        result.dataChannels.maxChannels = settings.number("data.channels")
        result.dataChannels.streams = UInt16(clamping: settings.number("data.streams"))
        let rates = dataRates()
        result.dataChannels.messagesPerSecond = Double(rates.messagesPerSecond)
        result.dataChannels.messageBurst = Double(rates.messageBurst)
        result.dataChannels.messageTolerance = 10 * result.dataChannels.messagesPerSecond
        result.dataChannels.bytesPerSecond = Double(rates.bytesPerSecond)
        result.dataChannels.byteBurst = Double(rates.byteBurst)
        result.dataChannels.byteTolerance = result.dataChannels.byteBurst
        result.dataChannels.maxBuffered = settings.number("data.buffer")
        return result
    }

    /// How fast a participant may send messages: what the data plane holds it to, and what it is told.
    private func dataRates() -> DataRates {
        let messages = settings.number("data.message-rate")
        let bytes = settings.number("data.byte-rate")
        return DataRates(
            messagesPerSecond: messages, messageBurst: 2 * messages, bytesPerSecond: bytes,
            // A message of the largest size always fits.
            byteBurst: max(2 * bytes, settings.number("data.message-bytes")))
    }

    private func storeConfiguration() -> StoreConfiguration {
        var result = StoreConfiguration(path: settings.text("store.path"))
        result.serverVersion = Version.current
        let days = settings.number("store.retention")
        result.retentionDays = days > 0 ? days : nil
        return result
    }

    private func roomsConfiguration() throws -> RoomsConfiguration {
        var result = RoomsConfiguration()
        result.maxRooms = settings.number("rooms.max")
        result.maxParticipantsPerRoom = settings.number("rooms.participants")
        result.maxAudioSlots = settings.number("rooms.audio-slots")
        result.maxVideoSlots = settings.number("rooms.video-slots")
        result.maxDataMessageBytes = settings.flag("data.on") ? settings.number("data.message-bytes") : nil
        result.dataRates = settings.flag("data.on") ? dataRates() : nil
        result.maxTracksPerParticipant = settings.number("rooms.tracks")
        result.createsRoomsOnJoin = settings.flag("rooms.create-on-join")
        result.clientsCreateRooms = settings.flag("rooms.clients-create")
        result.emptyRoomLifetime = .seconds(Int64(settings.number("rooms.empty-lifetime")))
        result.maxNameLength = settings.number("rooms.name-length")
        result.maxConnections = settings.number("rooms.connections")
        result.maxConnectionsPerAddress = settings.number("rooms.connections-per-address")
        result.maxSessionsPerAddress = settings.number("rooms.sessions-per-address")
        result.maxPendingPerAddress = settings.number("rooms.pending-per-address")
        result.maxMessageBytes = settings.number("rooms.message-bytes")
        result.messagesPerSecond = settings.number("rooms.message-rate")
        result.messageBurst = settings.number("rooms.message-rate") * 4
        result.resumeGrace = .seconds(Int64(settings.number("rooms.resume-grace")))
        // Never this server's own media sockets: Chromium takes every packet from a STUN server's address for an answer
        // of that server, so checks to a candidate on the same address and port would go unanswered for it.
        let stun = settings.list("ice.stun")
        let turn = settings.list("ice.turn")
        let secret = settings.optionalText("ice.turn-secret")
        if !turn.isEmpty, secret == nil {
            throw SettingsError("ice.turn needs ice.turn-secret, the TURN server's shared secret.")
        }
        result.iceServers = ICEServerConfiguration(
            stunURLs: stun, turnURLs: turn, turnSharedSecret: secret,
            turnTimeToLive: .seconds(Int64(settings.number("ice.turn-lifetime"))))
        return result
    }

    private func httpConfiguration() throws -> HTTPServerConfiguration {
        var result = HTTPServerConfiguration()
        result.host = settings.text("http.host")
        result.port = settings.number("http.port")
        result.version = Version.current
        result.apiKey = settings.optionalText("api.key")
        result.limits.connections = settings.number("http.connections")
        result.limits.connectionsPerAddress = settings.number("http.connections-per-address")
        result.trustedProxies = try settings.list("http.trusted-proxies").map { text in
            guard let range = AddressRange(text) else {
                throw SettingsError("http.trusted-proxies: \"\(text)\" is no address range such as 10.0.0.0/8.")
            }
            return range
        }
        let origins = settings.list("http.origins")
        if origins.contains("*") {
            result.allowedOrigins = .any
        } else if !origins.isEmpty {
            result.allowedOrigins = .list(origins)
        }
        result.tls = try tlsSource()
        return result
    }

    private func tlsSource() throws -> HTTPServerConfiguration.TLSSource? {
        let certificate = settings.optionalText("tls.certificate")
        let key = settings.optionalText("tls.key")
        switch (certificate, key, settings.flag("tls.self-signed")) {
        case (nil, nil, false): return nil
        case (let certificate?, let key?, false): return .files(certificate: certificate, key: key)
        case (nil, nil, true):
            let made = try Certificate.selfSigned(
                commonName: "roost", validDays: 30, dnsNames: ["localhost"], addresses: HostNames.localAddresses)
            return .inMemory(certificatePEM: made.certificatePEM, keyPEM: made.privateKeyPEM)
        case (_?, nil, _): throw SettingsError("tls.certificate needs tls.key.")
        case (nil, _?, _): throw SettingsError("tls.key needs tls.certificate.")
        default: throw SettingsError("tls.self-signed and tls.certificate exclude each other.")
        }
    }
}

/// The registry as a service: runs until shutdown, then closes every session in order.
struct RoomsService: Service {
    let registry: RoomRegistry

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await registry.run() }
            group.addTask {
                try? await gracefulShutdown()
                await registry.shutdown(reason: "The server is shutting down.")
            }
            await group.next()
            group.cancelAll()
        }
    }
}

/// Says, once the server listens, where to open it.
struct Greeting: Service {
    let server: SignalingServer
    let settings: Settings
    let media: MediaRuntime
    let logger: Logger

    func run() async throws {
        guard let port = await server.port() else { return }
        let scheme =
            settings.flag("tls.self-signed") || settings.optionalText("tls.certificate") != nil ? "https" : "http"
        let host = settings.text("http.host")
        let shown = host == "0.0.0.0" || host == "::" ? "localhost" : host
        logger.notice(
            "ready: open \(scheme)://\(shown):\(port)/ in a browser",
            metadata: ["udp": "\(media.ports.map(String.init).joined(separator: ","))"])
    }
}
