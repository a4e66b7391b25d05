public import Foundation

/// What a run measured: what JSON, the table and the page are made from, and what runs are compared by.
///
/// Times are in milliseconds, rates a second, shares between 0 and 1. What was not measured is `nil`, never zero.
public struct LoadReport: Codable, Sendable, Equatable {
    /// The version this module writes, and the only one it reads.
    public static let currentVersion = 1
    static let formatName = "roost-load-report"

    /// What kind of file this is.
    public private(set) var format = LoadReport.formatName
    /// The version of the format.
    public private(set) var version = LoadReport.currentVersion
    /// A line that says what was tried; the scenario's name if nobody gave one.
    public var title: String
    /// When the run began.
    public var startedAt: Date
    /// How long it was measured, in seconds.
    public var seconds: Double
    /// What was asked for.
    public var scenario: Scenario
    /// Where it ran.
    public var machine: Machine
    /// How people joined.
    public var joins: Joins
    /// From a packet's sending to its arrival, in milliseconds.
    public var latency: Distribution?
    /// Packets and bits, and their repair.
    public var traffic: Traffic
    /// What the verifiers said of every frame.
    public var frames: Frames
    /// What became of messages over data channels; `nil` when nobody had any.
    public var messages: Messages?
    /// The server, when it could be looked at.
    public var server: Server?
    /// The load generator itself.
    public var generator: Generator
    /// One point a second.
    public var samples: [Sample]
    /// Packets the server did not forward, by its own reasons.
    public var drops: [NamedCount]
    /// The limits that were set, and whether they held.
    public var thresholds: [Verdict]
    /// What a search for the capacity found.
    public var capacity: CapacitySearch.Result?
    /// Sentences for people: what went wrong, what makes figures doubtful.
    public var notes: [String]

    /// Makes a report; what is not given was not measured.
    public init(
        title: String, startedAt: Date, seconds: Double, scenario: Scenario, machine: Machine,
        joins: Joins = Joins(), latency: Distribution? = nil, traffic: Traffic = Traffic(), frames: Frames = Frames(),
        messages: Messages? = nil, server: Server? = nil, generator: Generator = Generator(), samples: [Sample] = [],
        drops: [NamedCount] = [],
        thresholds: [Verdict] = [], capacity: CapacitySearch.Result? = nil, notes: [String] = []
    ) {
        self.title = title
        self.startedAt = startedAt
        self.seconds = seconds
        self.scenario = scenario
        self.machine = machine
        self.joins = joins
        self.latency = latency
        self.traffic = traffic
        self.frames = frames
        self.messages = messages
        self.server = server
        self.generator = generator
        self.samples = samples
        self.drops = drops
        self.thresholds = thresholds
        self.capacity = capacity
        self.notes = notes
    }

    /// Whether all limits held; a run without limits passes.
    public var passed: Bool { thresholds.allSatisfy(\.passed) }

    /// A name and how many there are of it.
    public struct NamedCount: Codable, Sendable, Equatable {
        /// What is counted.
        public var name: String
        /// How many there are.
        public var count: UInt64
        /// Makes a count.
        public init(_ name: String, _ count: UInt64) {
            self.name = name
            self.count = count
        }
    }

    /// What was asked for: the settings as somebody would give them again.
    public struct Scenario: Codable, Sendable, Equatable {
        /// A setting as it was in force.
        public struct Setting: Codable, Sendable, Equatable {
            /// Its name, as an option has it.
            public var name: String
            /// Its value, as an option takes it.
            public var value: String
            /// Makes a setting.
            public init(_ name: String, _ value: String) {
                self.name = name
                self.value = value
            }
        }

        /// The scenario's name.
        public var name: String
        /// The settings, in the order of the help text.
        public var settings: [Setting]
        /// Makes a scenario.
        public init(name: String, settings: [Setting] = []) {
            self.name = name
            self.settings = settings
        }
    }

    /// The machine that the generator ran on, and most often the server too.
    public struct Machine: Codable, Sendable, Equatable {
        /// Cores that the generator could use.
        public var cores: Int
        /// The processor, as the system names it.
        public var cpuModel: String
        /// The kernel and its version.
        public var kernel: String
        /// Memory, in bytes.
        public var memoryBytes: UInt64?
        /// Makes a machine.
        public init(cores: Int, cpuModel: String, kernel: String, memoryBytes: UInt64? = nil) {
            self.cores = cores
            self.cpuModel = cpuModel
            self.kernel = kernel
            self.memoryBytes = memoryBytes
        }
    }
}
