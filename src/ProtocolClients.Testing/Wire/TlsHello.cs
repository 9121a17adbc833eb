using System.Buffers.Binary;

namespace ProtocolClients.Testing;

/// <summary>
/// Looks for the hello in one direction of a TLS handshake, which is in clear (RFC 8446 §4.1, RFC 5246 §7.4.1). Told the bytes as they
/// pass, in any pieces; stops at the first hello that decides.
/// </summary>
internal sealed class TlsHello(bool ofServer)
{
    private const int Most = 64 * 1024;
    private const int RecordHeader = 5;
    private const int HandshakeRecord = 22;

    private readonly List<byte> _records = [];
    private bool _isOver;

    // The random of a ServerHello that only asks for another ClientHello (RFC 8446 §4.1.3).
    private static ReadOnlySpan<byte> RetryRandom =>
    [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ];

    /// <summary>The session that the client offers or that the server takes up.</summary>
    public byte[] SessionId { get; private set; } = [];

    /// <summary>Whether the server chose TLS 1.3.</summary>
    public bool IsVersion13 { get; private set; }

    /// <summary>Whether the server took up a pre-shared key, which in TLS 1.3 is a session resumed.</summary>
    public bool HasPreSharedKey { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_isOver) return;
        _records.AddRange(bytes);
        if (Find([.. _records]) || _records.Count > Most)
        {
            _isOver = true;
            _records.Clear();
            _records.TrimExcess();
        }
    }

    // The messages run through the records without regard to where one ends.
    private bool Find(ReadOnlySpan<byte> records)
    {
        var messages = new List<byte>();
        while (records.Length >= RecordHeader)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(records[3..]);
            if (records.Length < RecordHeader + length) break;
            if (records[0] == HandshakeRecord) messages.AddRange(records.Slice(RecordHeader, length));
            records = records[(RecordHeader + length)..];
        }

        ReadOnlySpan<byte> rest = messages.ToArray();
        while (rest.Length >= 4)
        {
            int length = (rest[1] << 16) | BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            if (rest.Length < 4 + length) return false;
            if (rest[0] == (ofServer ? 2 : 1) && Read(rest.Slice(4, length))) return true;
            rest = rest[(4 + length)..];
        }

        return false;
    }

    private bool Read(ReadOnlySpan<byte> hello)
    {
        if (hello.Length < 35 || hello.Length < 35 + hello[34]) return true;
        if (ofServer && hello.Slice(2, 32).SequenceEqual(RetryRandom)) return false;
        SessionId = hello.Slice(35, hello[34]).ToArray();
        ReadOnlySpan<byte> extensions = hello[(35 + hello[34])..];
        if (!ofServer || extensions.Length < 5) return true;
        extensions = extensions[5..];
        while (extensions.Length >= 4)
        {
            int type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            int length = BinaryPrimitives.ReadUInt16BigEndian(extensions[2..]);
            if (extensions.Length < 4 + length) break;
            IsVersion13 |= type == 43;
            HasPreSharedKey |= type == 41;
            extensions = extensions[(4 + length)..];
        }

        return true;
    }
}
