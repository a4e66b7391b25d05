// swift-tools-version: 6.2
import PackageDescription

/// Every target: Swift 6 language mode, strict memory safety, and no warning left standing.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
]

/// Wire and RTP return spans that borrow from their arguments; nothing else needs this feature.
let lifetimes: [SwiftSetting] = strict + [.enableExperimentalFeature("Lifetimes")]

/// Modules on the packet walk: what debug builds check about exclusive access to class properties, and with them every test
/// and simulation, release builds take for granted. See docs/decisions/013.
let walk: [SwiftSetting] = [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

func floor(
    _ name: String, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = strict, isOnWalk: Bool = false
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: settings + (isOnWalk ? walk : []))
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", resources: resources,
        swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny")])
}

let package = Package(
    name: "roost",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "roost", targets: ["roost"]),
        .executable(name: "roost-load", targets: ["roost-load"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // 0 C: each library is imported by one Swift module only.
        .target(name: "CLinux", path: "Sources/CLinux"),
        .target(
            name: "COpenSSL", path: "Sources/COpenSSL",
            linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        // AES-GCM comes from the library that HTTPS is made by; it is not among that package's products. See docs/decisions/033.
        .target(
            name: "CBoringSSL", dependencies: [.product(name: "NIOSSL", package: "swift-nio-ssl")], path: "Sources/CBoringSSL"),
        .systemLibrary(name: "CSRTP2", path: "Sources/CSRTP2", pkgConfig: "libsrtp2", providers: [.apt(["libsrtp2-dev"])]),
        .systemLibrary(name: "CUSRSCTP", path: "Sources/CUSRSCTP", pkgConfig: "usrsctp", providers: [.apt(["libusrsctp-dev"])]),

        // 1 values
        floor("Wire", [], settings: lifetimes, isOnWalk: true),
        floor("Ciphers", ["Wire", "COpenSSL", "CBoringSSL"], isOnWalk: true),

        // 2 formats
        floor("STUN", ["Wire", "Ciphers"]),
        floor("SDP", ["Wire"]),
        floor("RTP", ["Wire"], settings: lifetimes, isOnWalk: true),

        // 3 machines
        floor("ICE", ["Wire", "STUN"]),
        floor("DTLS", ["Wire", "Ciphers", "COpenSSL"]),
        floor("SRTP", ["Wire", "Ciphers"], isOnWalk: true),
        floor("Congestion", ["Wire", "RTP"], isOnWalk: true),
        floor("Negotiation", ["Wire", "SDP", "ICE", "RTP", "Ciphers"]),

        // 4 engine
        floor("Transport", ["Wire", "STUN", "ICE", "DTLS", "SRTP", "RTP", "Ciphers"], isOnWalk: true),
        floor("Forwarding", ["Wire", "RTP", "SRTP", "Congestion", "Negotiation"], isOnWalk: true),
        floor("Engine", ["Wire", "STUN", "ICE", "DTLS", "SRTP", "RTP", "Ciphers", "Congestion", "Negotiation", "Transport", "Forwarding"], isOnWalk: true),

        // 5 runtime
        floor("LinuxSystem", ["Wire", "CLinux"], isOnWalk: true),
        floor("DataChannels", ["Wire", "Engine", "LinuxSystem", "CUSRSCTP"]),
        floor("MediaRuntime", ["Wire", "Engine", "DataChannels", "LinuxSystem", "Negotiation", "Ciphers", .product(name: "Logging", package: "swift-log")], isOnWalk: true),

        // The load generator: synthetic media and its verification, a client's end of a transport, figures, and the runtime.
        floor("LoadMedia", ["Wire", "RTP"], isOnWalk: true),
        floor("LoadClient", ["Wire", "STUN", "SDP", "RTP", "ICE", "DTLS", "SRTP", "Ciphers", "Congestion", "Forwarding"], isOnWalk: true),
        floor("LoadReport", [.product(name: "Histogram", package: "hdrhistogram-swift")]),
        floor(
            "LoadGenerator",
            [
                "Wire", "LoadMedia", "LoadClient", "LoadReport", "DataChannels", "LinuxSystem", "DTLS", "ICE", "RTP", "Ciphers",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ]),

        // 6 control
        floor(
            "Rooms",
            [
                "Wire", "SDP", "ICE", "RTP", "Negotiation", "Engine", "Ciphers", "Congestion",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "DequeModule", package: "swift-collections"),
            ]),

        // 7 edge
        .target(
            name: "Migrations", path: "migrations", resources: [.embedInCode("sql")], swiftSettings: strict),
        floor(
            "Store",
            [
                "Migrations", "Rooms",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "Signaling",
            dependencies: [
                "Wire", "LinuxSystem", "Rooms", "Store", "Engine", "Ciphers", "WebPages",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], path: "Sources/Signaling", resources: [.embedInCode("openapi.json")], swiftSettings: strict),
        .target(name: "WebPages", path: "Sources/WebPages", resources: [.embedInCode("assets")], swiftSettings: strict),

        // executables
        .executableTarget(
            name: "roost",
            dependencies: [
                "Wire", "Ciphers", "Engine", "DataChannels", "MediaRuntime", "Rooms", "Store", "Signaling", "Negotiation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], path: "Sources/roost", swiftSettings: strict),
        .executableTarget(
            name: "roost-load",
            dependencies: [
                "LoadGenerator", "LoadReport", "LoadMedia", "Wire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Sources/roost-load", swiftSettings: strict),
        .executableTarget(
            name: "walk-bench",
            dependencies: ["Engine", "Negotiation", "SRTP", "DTLS", "ICE", "STUN", "RTP", "Ciphers", "Wire"],
            path: "ops/bench/walk",
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny")]),
        tests("LoadMediaTests", ["LoadMedia", "RTP", "Wire"]),
        tests("LoadClientTests", ["LoadClient", "Engine", "Negotiation", "Forwarding", "Transport", "ICE", "DTLS", "SRTP", "STUN", "SDP", "RTP", "Ciphers", "Wire"]),
        tests("LoadReportTests", ["LoadReport"]),
        tests(
            "LoadGeneratorTests",
            [
                "LoadGenerator", "LoadClient", "LoadMedia", "LoadReport", "DataChannels", "LinuxSystem", "Engine", "DTLS", "Ciphers",
                "RTP", "Wire", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        tests("TransportTests", ["Transport", "DTLS", "SRTP", "ICE", "STUN", "Ciphers", "Wire"]),
        tests("EngineTests", ["Engine", "Transport", "Forwarding", "Congestion", "Negotiation", "DTLS", "SRTP", "ICE", "RTP", "STUN", "Ciphers", "Wire"]),
        tests("WireTests", ["Wire"]),
        tests("DataChannelsTests", ["DataChannels", "Engine", "Wire"]),
        tests("LinuxSystemTests", ["LinuxSystem", "Wire"]),
        tests("MediaRuntimeTests", ["MediaRuntime", "Engine", "ICE", "Wire", .product(name: "Logging", package: "swift-log")]),
        tests("RoostTests", ["roost"]),
        tests("WebPagesTests", ["WebPages"]),
        tests("CiphersTests", ["Ciphers", "Wire", "COpenSSL"]),
        tests("DTLSTests", ["DTLS", "Ciphers", "Wire"]),
        tests("SRTPTests", ["SRTP", "Ciphers", "Wire", "CSRTP2"]),
        tests("STUNTests", ["STUN", "Ciphers", "Wire"]),
        tests("ICETests", ["ICE", "STUN", "Wire"]),
        tests("RoomsTests", ["Rooms", "Forwarding", "Congestion", "Wire", "ICE", "RTP", "SDP", "Negotiation", "Engine", "Ciphers", .product(name: "Logging", package: "swift-log")]),
        tests(
            "SignalingTests",
            [
                "Signaling", "Rooms", "Store", "Engine", "Ciphers", "Wire", "WebPages",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        tests(
            "StoreTests",
            [
                "Store", "Rooms", "Migrations", "Wire",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        tests("CongestionTests", ["Congestion", "RTP", "Wire"]),
        tests("ForwardingTests", ["Forwarding", "RTP", "Wire"]),
        tests("NegotiationTests", ["Negotiation", "SDP", "ICE", "RTP", "Ciphers", "Wire"], resources: [.copy("Fixtures")]),
        tests("SDPTests", ["SDP", "Wire"]),
        tests("RTPTests", ["RTP", "Wire"]),
    ]
)
