import Foundation
import LoadGenerator
import Synchronization

/// Shows the progress on standard error: one line that is written over on a terminal, a line every five seconds elsewhere.
final class ProgressPrinter: Sendable {
    private let isQuiet: Bool
    private let isTerminal: Bool
    private let lines = Mutex(0)

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    func show(_ news: LoadTest.News) {
        guard !isQuiet else { return }
        switch news {
        case .moment(let line): show(line)
        case .step(let line): write(isTerminal ? "\r\u{1B}[K\(line)\n" : "\(line)\n")
        }
    }

    private func show(_ line: String) {
        let number = lines.withLock { count in
            count += 1
            return count
        }
        if isTerminal {
            write("\r\u{1B}[K\(line)")
        } else if number % 5 == 0 {
            write("\(line)\n")
        }
    }

    func finish() {
        if isTerminal, !isQuiet, lines.withLock({ $0 }) > 0 { write("\n") }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
