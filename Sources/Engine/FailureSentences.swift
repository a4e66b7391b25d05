internal import ICE

extension ICEFailure {
    /// What an operator or a user is told.
    var sentence: String {
        switch self {
        case .noCheckReceived:
            "no connectivity check arrived: a firewall, or an announced address that does not lead here"
        case .noCheckAccepted: "connectivity checks arrived, none with the right credentials"
        case .neverNominated: "connectivity checks were answered, but the peer chose no path: answers do not reach it"
        case .consentExpired: "nothing was heard from the peer for too long"
        }
    }
}
