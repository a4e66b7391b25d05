/// How the elements of a header extension are written (RFC 8285 §4.1.2).
public enum ExtensionForm: UInt8, Sendable {
    /// Four bits each for identifier (1 to 14) and length (1 to 16), RFC 8285 §4.2.
    case oneByte
    /// A byte each for identifier (1 to 255) and length (0 to 255), RFC 8285 §4.3.
    case twoByte

    /// The form a "defined by profile" field stands for; `nil` if it is neither.
    @inlinable
    public init?(profile: UInt16) {
        if profile == 0xBEDE {
            self = .oneByte
        } else if profile & 0xFFF0 == 0x1000 {
            self = .twoByte
        } else {
            return nil
        }
    }

    /// The shortest form that can carry identifiers up to `highestID` and elements of up to `longest` bytes.
    @inlinable
    public init(highestID: UInt8, longest: Int) {
        self = highestID <= 14 && longest <= 16 ? .oneByte : .twoByte
    }

    /// What stands in the "defined by profile" field.
    @inlinable
    public var profile: UInt16 { self == .oneByte ? 0xBEDE : 0x1000 }
}

/// One element of a header extension: its identifier, and where in the packet its data lies.
public struct ExtensionElement: Sendable, Equatable {
    /// The local identifier, 1 to 14 in the one-byte form, 1 to 255 in the other.
    public let id: UInt8
    /// The data's place in the packet; may be empty in the two-byte form.
    public let range: Range<Int>

    @inlinable
    init(id: UInt8, range: Range<Int>) {
        self.id = id
        self.range = range
    }
}

/// Walks the elements of a packet's header extension, without allocation.
///
///     var cursor = header.extensions
///     while let element = cursor.next(in: packet) { … }
///
/// An element that would reach beyond the block ends the walk; what came before it stands.
public struct ExtensionCursor: Sendable {
    @usableFromInline var position: Int
    @usableFromInline let end: Int
    @usableFromInline let form: ExtensionForm

    /// Makes a cursor over the elements in `range`, which are in the form `form`.
    @inlinable
    public init(range: Range<Int>, form: ExtensionForm) {
        position = range.lowerBound
        end = range.upperBound
        self.form = form
    }

    /// The next element of the extension in `packet`, the same bytes that the header was read from.
    @inlinable
    public mutating func next(in packet: Span<UInt8>) -> ExtensionElement? {
        let end = min(end, packet.count)
        while position < end {
            let first = packet[position]
            if first == 0 {  // padding, which may also stand between elements
                position += 1
                continue
            }
            let start: Int
            let id: UInt8
            let length: Int
            switch form {
            case .oneByte:
                id = first >> 4
                length = Int(first & 0x0F) + 1
                start = position + 1
                // 15 stops the walk whatever its length says (RFC 8285 §4.2); 0 with a length is no padding.
                guard id != 15, id != 0 else { return stop() }
            case .twoByte:
                guard position + 1 < end else { return stop() }
                id = first
                length = Int(packet[position + 1])
                start = position + 2
            }
            guard length <= end - start else { return stop() }
            position = start + length
            return ExtensionElement(id: id, range: start..<position)
        }
        return nil
    }

    @inlinable
    mutating func stop() -> ExtensionElement? {
        position = end
        return nil
    }
}

extension RTPHeader {
    /// The elements of the extension; none if there is no extension or its form is not known.
    @inlinable
    public var extensions: ExtensionCursor {
        guard let profile = extensionProfile, let form = ExtensionForm(profile: profile) else {
            return ExtensionCursor(range: headerLength..<headerLength, form: .oneByte)
        }
        return ExtensionCursor(range: extensionRange, form: form)
    }

    /// Where the data of the element with identifier `id` lies; `nil` if the packet has none.
    ///
    /// To read several, walk ``extensions`` once instead.
    @inlinable
    public func extensionElement(id: UInt8, in packet: Span<UInt8>) -> Range<Int>? {
        var cursor = extensions
        while let element = cursor.next(in: packet) {
            if element.id == id { return element.range }
        }
        return nil
    }
}
