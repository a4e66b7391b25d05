import Ciphers
import SRTP
import Testing

@Suite("Session keys")
struct SessionKeysTests {
    @Test("RFC 3711 §B.3")
    func published() throws {
        let keys = try SessionKeys.derive(
            profile: .aes128CMHMACSHA1_80,
            key: try #require(Hex.decode("E1F97A0D3E018BE0D64FA32C06DE4139")),
            salt: try #require(Hex.decode("0EC675AD498AFEEBB6960B3AABE6"))
        )
        #expect(Hex.encode(keys.cipherKey) == "c61e7a93744f39ee10734afe3ff7a087")
        #expect(Hex.encode(keys.salt) == "30cbbc08863d8c85d49db34a9ae1")
        #expect(Hex.encode(keys.authenticationKey) == "cebe321f6ff7716b6fd4ab49af256a156d38baa4")
    }

    /// RFC 3711 §B.3 goes on with the authentication key's stream up to 94 bytes.
    @Test("The stream of one label goes on over several blocks")
    func longStream() throws {
        let function = try PseudoRandomFunction(
            key: try #require(Hex.decode("E1F97A0D3E018BE0D64FA32C06DE4139")),
            salt: try #require(Hex.decode("0EC675AD498AFEEBB6960B3AABE6"))
        )
        #expect(
            Hex.encode(try function.derive(label: 1, count: 94))
                == "cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbce"
                + "e049646c43d9327ad175578ef72270986371c10c9a369ac2f94a8c5fbcdddc25"
                + "6d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2"
        )
    }

    @Test("RFC 6188 §7.2, with a key of 256 bits")
    func longKey() throws {
        let function = try PseudoRandomFunction(
            key: try #require(Hex.decode("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6")),
            salt: try #require(Hex.decode("3b04803de51ee7c96423ab5b78d2"))
        )
        #expect(
            Hex.encode(try function.derive(label: 0, count: 32))
                == "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4"
        )
        #expect(
            Hex.encode(try function.derive(label: 1, count: 20)) == "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"
        )
        #expect(Hex.encode(try function.derive(label: 2, count: 14)) == "fa31791685ca444a9e07c6c64e93")
    }

    @Test("Keys and salts of another length are refused", arguments: SRTPProtectionProfile.allCases)
    func wrongLengths(profile: SRTPProtectionProfile) {
        let keys = TestKeys(profile)
        for (key, salt) in [
            (Array(keys.key.dropLast()), keys.salt), (keys.key, Array(keys.salt.dropLast())), ([], []),
            (keys.key + [0], keys.salt), (keys.key, keys.salt + [0]),
        ] {
            #expect(throws: SRTPError.wrongKeyLength) {
                try SRTPSender(profile: profile, key: key, salt: salt)
            }
            #expect(throws: SRTPError.wrongKeyLength) {
                try SRTPReceiver(profile: profile, key: key, salt: salt)
            }
            #expect(throws: SRTPError.wrongKeyLength) {
                try SRTCPTransform(profile: profile, key: key, salt: salt, direction: .inbound)
            }
        }
    }
}
