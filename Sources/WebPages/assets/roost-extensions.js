/** The header extension that says what a frame is to the layers of its stream, whatever the codec. */
const DEPENDENCY_DESCRIPTOR = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

/**
 * Has a transceiver offer the dependency descriptor. Chromium does so by itself only where it sends in layers, and without
 * it shows nothing of an AV1 stream with more than one spatial layer. Other browsers offer it anyhow, or cannot.
 * @param {RTCRtpTransceiver} transceiver of a video
 */
export function offerDependencyDescriptor(transceiver) {
  const extensions = transceiver.getHeaderExtensionsToNegotiate?.() ?? [];
  const descriptor = extensions.find(({ uri }) => uri === DEPENDENCY_DESCRIPTOR);
  if (!descriptor) return;
  descriptor.direction = "sendrecv";
  transceiver.setHeaderExtensionsToNegotiate(extensions);
}
