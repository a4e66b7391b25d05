internal import Synchronization

/// What is on the slots of one stay, on its way from signalling to the media thread.
///
/// An event may come right behind the reply with which the stay begins, and so before its thread has it: it is kept until then.
final class SlotNews: Sendable {
    /// The track on each m-line.
    typealias Tracks = [String: String]

    private struct State {
        var latest: Tracks?
        var isOpen = false
    }

    private let state = Mutex(State())
    private let carry: @Sendable (Tracks) -> Void

    /// `carry` takes tracks to the thread, and is called in the order in which they are to get there.
    init(_ carry: @escaping @Sendable (Tracks) -> Void) { self.carry = carry }

    /// An event says what is on the slots.
    func note(_ tracks: Tracks) {
        state.withLock {
            guard !$0.isOpen else { return carry(tracks) }
            $0.latest = tracks
        }
    }

    /// The thread has been told of the stay, whose reply had `tracks`: what an event said meanwhile is newer.
    func open(_ tracks: Tracks) {
        state.withLock {
            carry($0.latest ?? tracks)
            $0 = State(isOpen: true)
        }
    }
}
