extension SessionDescription: CustomStringConvertible {
    /// The description as text, every line ended by CRLF (RFC 8866 §5).
    public var description: String {
        var text = "v=0\r\no=\(origin.value)\r\ns=\(name)\r\n"
        text.append(lines: lines, attributes: attributes)
        for section in media {
            text.append(line: "m", section.value)
            text.append(lines: section.lines, attributes: section.attributes)
        }
        return text
    }
}

extension String {
    fileprivate mutating func append(lines: [SessionDescription.Line], attributes: AttributeList) {
        for line in lines {
            append(Character(line.type))
            append("=\(line.value)\r\n")
        }
        for attribute in attributes.elements {
            append(line: "a", attribute.value.map { "\(attribute.name):\($0)" } ?? attribute.name)
        }
    }

    fileprivate mutating func append(line type: String, _ value: String) { append("\(type)=\(value)\r\n") }
}
