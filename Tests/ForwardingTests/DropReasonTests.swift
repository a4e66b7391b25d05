import Testing

@testable import Forwarding

@Suite struct DropReasonTests {
    @Test func `every reason has a counter`() {
        #expect(DropReason.allCases.count <= DropCounters.capacity)
        #expect(DropReason.allCases.allSatisfy { Int($0.rawValue) < DropCounters.capacity })
    }

    @Test func `labels are different, and in snake case`() {
        let labels = DropReason.allCases.map(\.label)
        #expect(Set(labels).count == labels.count)
        #expect(labels.allSatisfy { $0.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 } })
    }

    @Test func `every reason is explained by one sentence of its own`() {
        let sentences = DropReason.allCases.map(\.description)
        #expect(Set(sentences).count == sentences.count)
        #expect(sentences.allSatisfy { $0.hasSuffix(".") && ($0.first?.isUppercase ?? false) })
    }

    @Test func `drops are counted by reason, added up and listed`() {
        var worker = DropCounters()
        worker.count(.replay)
        var peer = DropCounters()
        peer.count(.replay, by: 2)
        peer.count(.resendBudgetSpent)
        worker.add(peer)
        #expect(worker[.replay] == 3)
        #expect(worker[.resendBudgetSpent] == 1)
        #expect(worker[.malformed] == 0)
        #expect(worker.total == 4)
        var listed: [(DropReason, UInt64)] = []
        worker.forEachOccurred { listed.append(($0, $1)) }
        #expect(listed.map(\.0) == [.replay, .resendBudgetSpent])
        #expect(listed.map(\.1) == [3, 1])
    }

    @Test func `a reason is one byte`() {
        #expect(MemoryLayout<DropReason>.size == 1)
        #expect(MemoryLayout<DropReason?>.size == 1)
    }
}
