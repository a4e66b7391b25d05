import Testing

@testable import LinuxSystem

@Suite struct ContainerQuotaTests {
    @Test(arguments: [
        ("max 100000\n", nil), ("200000 100000\n", 2), ("150000 100000\n", 2), ("50000 100000\n", 1), ("", nil), ("x y", nil),
        ("100000 0", nil), ("-1 100000", nil),
    ] as [(String, Int?)])
    func quotasAreRoundedUpToWholeProcessors(text: String, expected: Int?) {
        #expect(ContainerQuota.parse(text) == expected)
    }

    @Test func thereIsAlwaysAProcessor() {
        #expect(Processors.available >= 1)
    }
}
