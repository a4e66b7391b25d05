internal import LinuxSystem
internal import Wire

extension LoadSettings {
    /// Says what of the settings cannot be on this machine, before anything is begun.
    func check(processors: Int = Processors.allowed) throws(LoadSetting.Failure) {
        _ = try NetworkShape(self)
        let address = text("server-ip")
        if !address.isEmpty, IPAddress(address) == nil {
            throw LoadSetting.Failure(description: "--server-ip: \"\(address)\" is no IP address.")
        }
        guard let first = whole("pin"), first >= 0, first + mediaThreads > processors else { return }
        throw LoadSetting.Failure(
            description: "--pin \(first): \(mediaThreads) threads from processor \(first) on are too many for the "
                + "\(processors) that this process may use, counted from 0.")
    }

    /// How many threads move media.
    var mediaThreads: Int {
        let wanted = whole("threads") ?? 0
        return wanted > 0 ? wanted : max(1, Processors.available / 2)
    }
}
