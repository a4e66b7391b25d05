internal import COpenSSL

/// OpenSSL's error queue of the calling thread.
public enum ErrorQueue {
    /// Empties the queue and returns its entries as text, oldest first; at most 16.
    public static func drain() -> [String] {
        var reasons: [String] = []
        for _ in 0..<16 {
            let code = ERR_get_error()
            guard code != 0 else { break }
            var text = [CChar](repeating: 0, count: 256)
            unsafe ERR_error_string_n(code, &text, text.count)
            reasons.append(
                String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            )
        }
        ERR_clear_error()
        return reasons
    }
}
