internal import CUSRSCTP
internal import Wire

/// usrsctp, which is one global for each process: begun once, fed with packets and time, never with threads of its own.
@SCTPActor
final class SCTPStack {
    static let shared = SCTPStack()

    private var associations: [UInt: SCTPAssociation] = [:]
    private var nextIdentifier: UInt = 1
    private var hasBegun = false
    private var lastTimers: Timestamp?
    /// Called after every look at the timers.
    private var afterTimers: [ObjectIdentifier: @SCTPActor (Timestamp) -> Void] = [:]

    private init() {}

    /// Whether timers have to be looked at.
    var isActive: Bool { !associations.isEmpty }

    /// Registers an association under a number that usrsctp takes for its address.
    func add(_ association: SCTPAssociation) -> UInt {
        if !hasBegun {
            hasBegun = true
            unsafe roost_sctp_init { id, packet, length, _, _ in
                guard let packet = unsafe packet else { return -1 }
                let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: packet, count: length))
                let number = UInt(bitPattern: id)
                SCTPActor.assumeIsolated { SCTPStack.shared.output(bytes, of: number) }
                return 0
            }
        }
        defer { nextIdentifier += 1 }
        associations[nextIdentifier] = association
        unsafe usrsctp_register_address(UnsafeMutableRawPointer(bitPattern: nextIdentifier))
        return nextIdentifier
    }

    /// Forgets an association whose socket has been closed.
    func remove(_ identifier: UInt) {
        guard associations.removeValue(forKey: identifier) != nil else { return }
        unsafe usrsctp_deregister_address(UnsafeMutableRawPointer(bitPattern: identifier))
    }

    /// The association with a number; callbacks find theirs by it.
    func association(_ identifier: UInt) -> SCTPAssociation? { associations[identifier] }

    private func output(_ packet: [UInt8], of identifier: UInt) { associations[identifier]?.transmit(packet) }

    /// Has `body` called after every look at the timers.
    func observeTimers(_ owner: AnyObject, _ body: @escaping @SCTPActor (Timestamp) -> Void) {
        afterTimers[ObjectIdentifier(owner)] = body
    }

    /// Ends what `observeTimers` began.
    func stopObservingTimers(_ owner: AnyObject) { afterTimers[ObjectIdentifier(owner)] = nil }

    /// Runs usrsctp's timers, if ten milliseconds have passed.
    func runTimers(at now: Timestamp) {
        guard isActive else { return lastTimers = nil }
        guard let last = lastTimers else { return lastTimers = now }
        let passed = (now - last).nanoseconds / 1_000_000
        guard passed >= 10 else { return }
        lastTimers = last + .milliseconds(passed)
        usrsctp_handle_timers(UInt32(clamping: passed))
        for body in afterTimers.values { body(now) }
    }
}
