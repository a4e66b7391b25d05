internal import Ciphers
internal import ICE
internal import LinuxSystem
internal import LoadClient
internal import NIOCore
internal import RTP
internal import Wire

/// One participant's stays in its room, seen from signalling: it joins, is there, leaves, and may join again.
actor Participant {
    /// What all participants of a run share.
    struct Surroundings: Sendable {
        var plan: LoadPlan
        var signaling: SignalingConnection.Options
        var group: any EventLoopGroup
        var thread: MediaThread
        var fingerprint: CertificateFingerprint
        var journal: RunJournal
        var senders: SenderList
        var shape: MediaShape
        var network: NetworkShape
        /// The data channels of the run; `nil` when nobody has any.
        var data: DataExchange?
        /// The place of `thread` among the lanes of `data`.
        var lane: Int
    }

    private let plan: ParticipantPlan
    private let around: Surroundings
    private var connection: SignalingConnection?
    /// Which of its stays this is.
    private var stay = 0
    private var isThere = false
    /// Whether it has left for good.
    private var isRetired = false
    /// What is left of its leaving, while the server has not answered.
    private var leaving: Task<Void, Never>?
    /// What it asks for of the pictures of this stay; `nil` when it takes them as they come.
    private var choice: SubscriptionChoice?
    /// The m-lines it receives pictures on, once it knows.
    private var videoMids: Set<String> = []
    /// The track on each m-line, by the last event.
    private var slots: [String: String] = [:]

    init(_ plan: ParticipantPlan, _ around: Surroundings) {
        self.plan = plan
        self.around = around
    }

    /// Whether it is in its room.
    var isPresent: Bool { isThere }

    /// The number of a stay, by which its media thread knows it.
    private func number(_ stay: Int) -> Int { plan.number + stay * 1_000_000 }

    /// Joins its room, at `due` if that was planned. Failures are noted and not repeated: they are what a load test is for.
    func join(due: Timestamp? = nil) async {
        guard !isThere, !isRetired else { return }
        isThere = true
        stay += 1
        (choice, videoMids, slots) = (SubscriptionChoice(around.plan.settings), [], [:])
        let number = number(stay)
        let (journal, senders, room) = (around.journal, around.senders, plan.room)
        let news = SlotNews { [thread = around.thread] tracks in thread.send { $0.noteSlots(number, tracks) } }
        var times = JoinTimes(began: SystemClock.now())
        times.meetsSender = around.plan.isFilledFromElsewhere || senders.hasSender(inRoom: room)
        journal.noteJoin(number, at: times.began, due: due)
        var generator = SeededGenerator(
            seed: UInt64(around.plan.settings.whole("seed") ?? 1) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(number))
        let offer = ClientOffer(around.plan.offer(plan), fingerprint: around.fingerprint, using: &generator)
        do throws(SignalingError) {
            let connection = try await open(number, news)
            self.connection = connection
            times.open = SystemClock.now()
            let sent = offer.tracks.map { SignalingMessages.Track(mid: $0.mid, source: $0.source) }
            let reply = try await connection.join(
                room: around.plan.roomName(plan.room), name: "load-\(plan.number)", offer: offer.sdp, tracks: sent)
            let answer = try Self.answer(in: reply, to: offer)
            times.answered = SystemClock.now()
            guard isThere, number == self.number(stay) else { return connection.close() }
            expectData(number, answer, reply)
            let own = reply.`self`?.tracks?.map(\.id) ?? []
            let seed = MediaParticipant.Seed(
                number: number, offer: offer, answer: answer,
                candidates: Candidates.usable(answer.candidates, around.plan.settings, around.signaling.address),
                times: times, random: generator.next(), media: around.shape,
                isVerified: plan.isVerified, network: plan.isImpaired ? around.network : nil, data: around.data,
                senders: senders
            ) { [weak self] event in
                switch event {
                case .connected:
                    journal.noteConnected(number)
                    if !own.isEmpty { senders.begin(number, room: room, tracks: own, at: SystemClock.now()) }
                case .closedByServer: self?.lost(number, "closed-by-server", "the server ended the media transport")
                case .failed(let reason): self?.lost(number, "media-failed", reason)
                }
            }
            let tracks = Dictionary(
                (reply.slots?.assigned ?? []).map { ($0.mid, $0.track) }, uniquingKeysWith: { _, last in last })
            around.thread.send { $0.add(seed) }
            news.open(tracks)
            videoMids = Set(answer.slots.filter { $0.kind == .video }.map(\.mid))
            await subscribe(number, to: tracks.merging(slots) { _, last in last })
        } catch {
            journal.noteFailure(number, error.word, error.description)
            // Who was asked to leave meanwhile may be on another stay by now.
            guard isThere, number == self.number(stay) else { return }
            connection?.close()
            connection = nil
            isThere = false
        }
    }

    /// Leaves its room, by saying so.
    func leave() async {
        guard isThere else { return }
        isThere = false
        let number = number(stay)
        let connection = connection
        self.connection = nil
        around.senders.end(number)
        around.journal.noteLeave(number, at: SystemClock.now())
        around.thread.send { $0.conclude(number) }
        around.data?.post(.depart(number))
        let leaving = Task { [around] in
            // Signalling first, as the page does: a transport that ends before it looks like one that failed.
            try? await connection?.leave()
            around.data?.post(.remove(number))
            around.thread.send { $0.remove(number) }
            connection?.close()
        }
        self.leaving = leaving
        await leaving.value
    }

    /// Leaves its room, if it is there, and joins no more: who is just leaving, or about to join, would come again.
    func retire() async {
        isRetired = true
        await leave()
        await leaving?.value
    }

    private func open(_ number: Int, _ news: SlotNews) async throws(SignalingError) -> SignalingConnection {
        let chooses = choice != nil
        let callbacks = SignalingConnection.Callbacks(
            onEnd: { [weak self] reason in self?.lost(number, reason.word, reason.description) },
            onSlots: { [weak self] tracks in
                news.note(tracks)
                if chooses { Task { await self?.subscribe(number, to: tracks) } }
            })
        return try await SignalingConnection.open(around.signaling, on: around.group, callbacks: callbacks)
    }

    /// Tells the server what is wanted of the pictures that are on the slots now, as far as it does not know.
    private func subscribe(_ number: Int, to tracks: [String: String]) async {
        guard isThere, number == self.number(stay) else { return }
        slots = tracks
        guard let connection, !videoMids.isEmpty,
            let wish = choice?.wish(for: tracks.filter { videoMids.contains($0.key) }.values)
        else { return }
        do throws(SignalingError) {
            try await connection.subscribe(wish)
        } catch {
            // Who has left meanwhile has no answer to expect.
            if isThere, number == self.number(stay) { around.journal.noteRefusedWish(error.description) }
        }
    }

    private func expectData(_ number: Int, _ answer: ClientAnswer, _ reply: SignalingMessages.Message) {
        guard let channels = answer.dataChannels, let name = reply.`self`?.id else { return }
        around.data?.post(
            .expect(
                DataExchange.Person(
                    number: number, room: plan.room, name: name, lane: around.lane, isSender: plan.sendsData,
                    port: channels.port, maxMessageSize: channels.maxMessageSize)))
    }

    private static func answer(
        in reply: SignalingMessages.Message, to offer: ClientOffer
    ) throws(SignalingError) -> ClientAnswer {
        guard let sdp = reply.answer?.sdp else { throw .badAnswer("room-joined has no answer") }
        do throws(ClientAnswer.Failure) {
            let answer = try ClientAnswer(parsing: sdp, to: offer)
            guard answer.refused.isEmpty else {
                throw ClientAnswer.Failure.missing("m-lines \(answer.refused.joined(separator: ", "))")
            }
            return answer
        } catch { throw .badAnswer(error.description) }
    }

    /// A stay ended that should not have.
    private nonisolated func lost(_ number: Int, _ word: String, _ sentence: String) {
        Task { await noteLoss(number, word, sentence) }
    }

    private func noteLoss(_ number: Int, _ word: String, _ sentence: String) {
        guard isThere, number == self.number(stay), connection != nil else { return }
        isThere = false
        around.senders.end(number)
        around.journal.noteLoss(number, word, sentence)
        around.data?.post(.remove(number))
        around.thread.send { $0.remove(number) }
        connection?.close()
        connection = nil
    }
}
