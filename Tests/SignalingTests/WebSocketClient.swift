/// A WebSocket client that can also do what clients must not.
struct WebSocketClient: Sendable {
    let connection: Connection

    struct Frame: Sendable, Equatable {
        var opcode: UInt8
        var payload: [UInt8]
        var isLast = true

        var text: String { String(decoding: payload, as: UTF8.self) }
        /// A close frame's code.
        var closeCode: Int? {
            opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil
        }
    }

    func handshake(path: String = "/ws", headers: [(String, String)] = []) async throws -> HTTPAnswer {
        var fields = [
            ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ]
        for (name, value) in headers {
            fields.removeAll { $0.0 == name }
            if !value.isEmpty { fields.append((name, value)) }
        }
        return try await connection.request("GET", path, headers: fields)
    }

    /// Sends a frame; `declaring` a length other than the payload's cheats.
    func send(
        opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, isMasked: Bool = true, reserved: UInt8 = 0,
        declaring length: UInt64? = nil
    ) async throws {
        let count = length ?? UInt64(payload.count)
        var bytes: [UInt8] = [(isLast ? 0x80 : 0) | reserved | opcode]
        let mask: UInt8 = isMasked ? 0x80 : 0
        switch count {
        case 0...125: bytes.append(mask | UInt8(count))
        case 126...0xFFFF: bytes += [mask | 126, UInt8(count >> 8), UInt8(count & 255)]
        default:
            bytes.append(mask | 127)
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: count >> UInt64(shift)))
            }
        }
        let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        if isMasked { bytes += key }
        bytes += isMasked ? payload.enumerated().map { $1 ^ key[$0 & 3] } : payload
        try await connection.write(bytes)
    }

    func send(_ text: String) async throws { try await send(opcode: 1, Array(text.utf8)) }

    /// The next frame, whatever it is.
    func receiveFrame() async throws -> Frame {
        let head = try await connection.read(2)
        guard head[1] & 0x80 == 0 else { throw TestFailure("a server's frames are not masked") }
        var count = Int(head[1] & 0x7F)
        if count >= 126 {
            count = try await connection.read(count == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
        }
        return Frame(
            opcode: head[0] & 0x0F, payload: try await connection.read(count), isLast: head[0] & 0x80 != 0)
    }

    /// The next frame that is no ping.
    func receive() async throws -> Frame {
        while true {
            let frame = try await receiveFrame()
            if frame.opcode != 9 { return frame }
        }
    }

    /// Everything that comes until the server's close frame, which is the last.
    func receiveUntilClose() async throws -> [Frame] {
        var frames: [Frame] = []
        while frames.last?.opcode != 8 { frames.append(try await receive()) }
        return frames
    }
}
