public import Wire

/// Which of the valid paths is selected.
///
/// Browsers disagree about how a lite agent is told. The rules, first match first:
///
/// 1. The first nomination with new credentials ends a restart and wins (RFC 8445 §9).
/// 2. Among nominations with a value the highest wins, and once there was one, those without are not counted
///    (draft-thatcher-ice-renomination §3; Chrome, when both sides offer `renomination`).
/// 3. Within `aggressiveNominationWindow` of the first nomination the pair with the highest priority wins:
///    that is how Firefox, which nominates every pair, chooses (RFC 5245 §8.1.1.2). Of equal ones the latest
///    wins: a NAT changed ports.
/// 4. Later the latest nomination wins: a peer that has changed its network (Chrome without `renomination`).
/// 5. Media breaks the tie when the two sides still disagree: it selects its path if none is selected, and
///    moves to its path once the selected one had none for `mediaMoveDelay`. It never makes a path valid.
///
/// Deviation: RFC 8445 §12.1.2 lets a lite agent send only after a nomination; by rule 5 authenticated media
/// is enough, since the peer itself has then begun to use the path. Peers that nominate late, at a tick of
/// 200 ms, are answered sooner.
extension ICELiteAgent {
    /// Takes note of a packet that SRTP, SRTCP or DTLS has authenticated, for consent and for rule 5.
    ///
    /// Cheap enough for every packet: no allocation unless the path changes.
    public mutating func noteAuthenticatedPacket(on path: NetworkPath, at now: Timestamp) {
        guard let index = paths.index(of: path) else {
            statistics.packetsOnUnknownPath &+= 1
            return
        }
        paths[index].lastHeard = now
        paths[index].lastMedia = now
        if path == selectedPath {
            notePeerHeard()
            return
        }
        if let selectedPath, let selected = paths.index(of: selectedPath) {
            let lastMedia = max(selectedAt, paths[selected].lastMedia ?? selectedAt)
            guard now - lastMedia >= configuration.mediaMoveDelay else { return }
        }
        statistics.selectionsByMedia &+= 1
        select(path, at: now)
    }

    /// The peer begins a new transport with the credentials it has: what was nominated says nothing about it, and the next
    /// nomination wins.
    public mutating func expectNewTransport() {
        current.firstNominated = nil
        current.highestNomination = nil
        paths.forgetNominations()
    }

    /// Sends everything over `path`, on which the peer's new transport has come up, if it is valid.
    public mutating func settle(on path: NetworkPath, at now: Timestamp) {
        guard path != selectedPath, paths.index(of: path) != nil else { return }
        select(path, at: now)
    }

    /// Follows rules 1 to 4; `value` is 0 for USE-CANDIDATE alone.
    mutating func nominate(_ path: NetworkPath, value: UInt32, generation number: UInt32, at now: Timestamp) {
        let isCurrent = number == current.number
        guard var generation = isCurrent ? current : previous else { return }
        let wins = nominationWins(on: path, value: value, in: generation, at: now)
        generation.firstNominated = generation.firstNominated ?? now
        if value > 0 { generation.highestNomination = max(value, generation.highestNomination ?? 0) }
        if let index = paths.index(of: path) { paths[index].nominatedIn = number }
        if isCurrent {
            current = generation
            retirePrevious()
        } else {
            previous = generation
        }
        if wins { select(path, at: now) }
    }

    private func nominationWins(
        on path: NetworkPath,
        value: UInt32,
        in generation: ICEGeneration,
        at now: Timestamp
    ) -> Bool {
        if value > 0 { return value >= generation.highestNomination ?? 0 }
        guard generation.highestNomination == nil else { return false }
        guard let first = generation.firstNominated, now - first < configuration.aggressiveNominationWindow,
            let selectedPath, let selected = paths.index(of: selectedPath),
            let contender = paths.index(of: path),
            paths[selected].nominatedIn == generation.number
        else { return true }
        return paths[contender].priority >= paths[selected].priority
    }

    /// Sends everything over `path` from now on.
    private mutating func select(_ path: NetworkPath, at now: Timestamp) {
        if selectedPath != path {
            selectedPath = path
            selectedAt = now
            statistics.selections &+= 1
            emit(.selected(path))
        }
        notePeerHeard()
    }
}
