import Engine
import Testing

@testable import Rooms

/// A client that stops its first m-line, whereupon browsers begin a new transport.
struct TransportReplacementTests {
    /// Ada's transport is up, and she stops the m-line that describes it.
    private func replaced() async throws -> (conference: Conference, ada: TestClient) {
        let conference = Conference()
        let ada = try await conference.join("Ada")
        try await conference.connectMedia(of: ada)
        ada.offer.stopped = [0]
        let reply = await ada.renegotiate()
        #expect(reply["sdp"]?.string?.contains("a=group:BUNDLE 1 2") == true)
        let peer = try await conference.peer(of: ada)
        let session = try #require(conference.plane.snapshot.peers[peer]?.configuration?.session)
        #expect(session.replacesTransport && !session.iceRestarted && session.transportMID == "1")
        return (conference, ada)
    }

    @Test func aNewTransportThatComesUpIsAsGoodAsTheOld() async throws {
        let (conference, ada) = try await replaced()
        for dtls in [DTLSConnectionState.closed, .connecting] {
            try await conference.media(.transport(ice: .connected, dtls: dtls, selected: nil), of: ada)
        }
        await conference.pass(.seconds(20), pinging: ada)
        try await conference.connectMedia(of: ada)
        await conference.pass(.seconds(60), pinging: ada)
        #expect(ada.sink.closing == nil)
        #expect(ada.events("media-state").last?["dtls"]?.string == "connected")
        conference.expectNoComplaints()
    }

    @Test func oneThatNeverComesUpEndsTheSession() async throws {
        let (conference, ada) = try await replaced()
        try await conference.media(.transport(ice: .connected, dtls: .closed, selected: nil), of: ada)
        await conference.pass(.seconds(29), pinging: ada)
        #expect(ada.sink.closing == nil)
        await conference.pass(.seconds(16), pinging: ada)
        #expect(ada.sink.closing == .init(code: 4005, reason: "media-failed"))
        #expect(ada.events("goodbye").last?["reconnect"]?.bool == true)
        conference.expectNoComplaints()
    }

    @Test func aClientMayKeepItsTransport() async throws {
        let (conference, ada) = try await replaced()
        await conference.pass(.seconds(60), pinging: ada)
        #expect(ada.sink.closing == nil)
    }
}
