/// The figures of all scenarios as a page: what was measured beside what is aimed at, misses named as such.
struct ScenarioTable {
    var runs: [(scenario: Scenario, figures: [ScenarioFigures])]
    var seeds: Int

    /// The page in Markdown.
    var page: String {
        """
        # Media quality by scenario

        What a receiver sees and hears when its link is bad, from a simulated conference: the server's whole engine with its
        bandwidth estimator and its choice of layers, a publisher, a receiver, and between them a network in virtual time whose
        randomness comes from a seed. No socket, no browser and no decoder take part. The page is written by

            ops/scenarios

        Each scenario ran with \(seeds) seeds. Cells give the median and, behind the slash, the worst run. **miss** says that the
        median is beyond the aim; *worst misses* that the median meets it and the worst run does not. A dash: nothing to measure.

        ## Bandwidth and layers

        | Scenario | Layer down | Layer up | Estimate, of the true rate | Best layer, stable | Changes of layer in 60 s | Queue, p95 |
        |---|---|---|---|---|---|---|
        | *aim* | *< 2 s* | *< 10 s* | *80–105 %* | *≥ 95 % of the time* | *≤ 4* | *< 100 ms* |
        \(runs.map(bandwidthRow).joined(separator: "\n"))

        ## Picture and sound

        | Scenario | Freezes over 200 ms in 60 s | With playout delay | Aim | Time frozen | With playout delay | Aim | Sound missing | Gaps of 60 ms in 60 s |
        |---|---|---|---|---|---|---|---|---|
        \(runs.map(pictureRow).joined(separator: "\n"))

        ## How it is measured

        - The publisher sends 20 pictures a second in three layers of about 30, 150 and 1 100 kbit/s, and 50 packets of sound a
          second. Where it says *10 pictures a second* it sends so many; where it says *large frames* too, its layers take about
          150, 470 and 1 500 kbit/s, in frames of 2, 5 and 16 packets at once and keyframes of three times as many; where it is
          *100 kbit/s*, there is one layer. The receiver sends sound too. It asks for what is missing as libwebrtc does: at once,
          then once a round trip,
          looked at every 20 ms, ten times in all; and for a keyframe when a picture has not come for three seconds. Transport-wide
          feedback goes out every 50 ms; none of this is lost except in the blackout.
        - Where the publisher's own way narrows, it sends some 120, 200 and 1 100 kbit/s and as libwebrtc does: its layers by an estimate
          that follows 0.6 s after the change, repairs ahead of new pictures, all of them at two and a half times the estimate, and a
          keyframe of each layer that it sends for a request for one.
        - The room runs for 10 s before anything counts; then 60 s are measured. Changes come 20 and 40 s into them, the blackout
          at 20 s. A way that is longer is so in both directions. Delay is for each direction, loss and rate are on the way
          to the receiver unless it says otherwise, the
          bottleneck's queue holds 300 ms. A policer has none: what finds no credit is dropped.
        - *Layer down*, *up*: until a picture of a layer that fits, or of the best, is shown. After the blackout *up* is the time until
          the best layer is shown again.
        - *Estimate*: the mean while the link has less room than the receiver could use, from 4 s after the change on. A wide link
          is probed only for as much as is wanted, so there is nothing to compare there.
        - *Best layer*: the share of time in which the layer last shown is the best that fits, from 4 s after a way down and 10 s
          after a way up on.
        - *Queue*: what each packet waits in the bottleneck, whole run. With others in it the queue is theirs too; no aim is set.
        - *Freezes*: times of more than 200 ms without a new picture that is whole and can be decoded. First as pictures come, with no
          playout delay that would hide a repair; then with one of a round trip and 20 ms, which libwebrtc takes once it has asked
          for three repairs, or what the server asks for by the playout delay extension, where that is more; a change takes ten
          times its length. This is what a browser shows, and what the aims are for. The frozen time is the whole of these times.
        - *Sound missing*: packets of 20 ms that never came; *gaps*: three or more in a row, which concealment cannot hide. Sound is
          not sent again.

        ## What cannot be had

        - *The rate that others leave, from short bursts.* While they take 2.5 of 3 Mbit/s and the receiver is sent 200 kbit/s, nothing
          stands in the queue. A burst of rate p that is tried then comes through between the others' packets at p·c/(p + x), here
          1.2 of 1.65 Mbit/s, and this is what the estimate says: 200 % and more of the 500 kbit/s that would be left in the long
          run. Only sending so much for seconds tells, and that is what a climb does: it fails, is taken back within a second, and
          the next one waits twice as long. libwebrtc's estimate has the same limit.
        - *The best layer beside a TCP-like flow.* Such a flow fills the 300 ms of queue and loses packets now and then, its own and
          others'. Who keeps the delay short leaves it everything, so for its 20 s a lower layer is shown, with sound. When going
          down has not made the queue any shorter, the estimate stops going down and is raised by probes again, but these are pulled
          apart between the other's packets. To take half of the path and let the other give way was tried: it costs changes of
          layer and freezes, and shows the best layer no longer than before.

        """
    }

    /// Rows whose median is beyond an aim that can be had.
    var misses: [String] {
        runs.filter { !$0.scenario.isBeyondReach }.flatMap { [bandwidthRow($0), pictureRow($0)] }
            .filter { $0.contains(Self.miss) }
    }

    private static let miss = "**miss**"

    private enum Bound {
        case below(Double), atLeast(Double), within(ClosedRange<Double>)

        func isMet(by value: Double) -> Bool {
            switch self {
            case .below(let limit): value < limit
            case .atLeast(let limit): value >= limit
            case .within(let range): range.contains(value)
            }
        }

        /// How bad a value is.
        func badness(of value: Double) -> Double {
            switch self {
            case .below: value
            case .atLeast: -value
            case .within(let range): abs(value - (range.lowerBound + range.upperBound) / 2)
            }
        }
    }

    private func bandwidthRow(_ run: (scenario: Scenario, figures: [ScenarioFigures])) -> String {
        let figures = run.figures
        let cells = [
            run.scenario.name,
            cell(figures.compactMap(\.down), .below(2), seconds),
            cell(figures.compactMap(\.up), .below(10), seconds),
            cell(figures.compactMap(\.estimate), .within(0.8...1.05), percent),
            cell(figures.map(\.bestShare), .atLeast(0.95), percent),
            cell(figures.map { Double($0.changes) }, .below(4.5), count),
            cell(figures.map(\.queue), .below(0.1), milliseconds, hasAim: run.scenario.hasQueueAim),
        ]
        return "| \(cells.joined(separator: " | ")) |"
    }

    private func pictureRow(_ run: (scenario: Scenario, figures: [ScenarioFigures])) -> String {
        let figures = run.figures
        let ways = [figures.map(\.immediate), figures.map(\.delayed)]
        var most: Bound?
        var longest: Bound?
        var (mostAim, longestAim) = ("–", "–")
        switch run.scenario.freezeAim {
        case .perMinute(let count):
            most = .below(Double(count) + 0.5)
            mostAim = count == 0 ? "*none*" : "*≤ \(count)*"
        case .shareOfTime(let share):
            longest = .below(share)
            longestAim = "*< \(Int(share * 100)) %*"
        case nil: break
        }
        // The aims are for what a browser shows, which is the second way.
        let counts = ways.enumerated().map { place, freezes in
            cell(freezes.map { Double($0.count) }, most ?? .below(0), count, hasAim: most != nil && place == 1)
        }
        let shares = ways.enumerated().map { place, freezes in
            cell(freezes.map(\.share), longest ?? .below(0), percent, hasAim: longest != nil && place == 1)
        }
        let cells =
            [run.scenario.name] + counts + [mostAim] + shares + [longestAim] + [
                cell(figures.map(\.audioMissing), .below(0), percent, hasAim: false),
                cell(figures.map { Double($0.audioGaps) }, .below(0), count, hasAim: false),
            ]
        return "| \(cells.joined(separator: " | ")) |"
    }

    private func cell(_ values: [Double], _ bound: Bound, _ format: (Double) -> String, hasAim: Bool = true) -> String {
        guard !values.isEmpty else { return "–" }
        let sorted = values.sorted { bound.badness(of: $0) < bound.badness(of: $1) }
        let (median, worst) = (sorted[sorted.count / 2], sorted[sorted.count - 1])
        let text = "\(format(median)) / \(format(worst))"
        guard hasAim else { return text }
        if !bound.isMet(by: median) { return "\(text) \(Self.miss)" }
        return bound.isMet(by: worst) ? text : text + " *worst misses*"
    }

    private func seconds(_ value: Double) -> String { "\(decimal(value)) s" }
    private func percent(_ value: Double) -> String { "\(decimal(value * 100)) %" }
    private func milliseconds(_ value: Double) -> String { "\(Int((value * 1_000).rounded())) ms" }
    private func count(_ value: Double) -> String { "\(Int(value))" }
    private func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
