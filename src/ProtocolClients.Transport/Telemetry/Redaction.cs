namespace ProtocolClients.Transport;

/// <summary>Replaces the marked secrets of a line.</summary>
internal static class Redaction
{
    /// <summary>The bytes with each range replaced by <c>***</c>.</summary>
    public static byte[] Redact(ReadOnlySpan<byte> bytes, IReadOnlyList<Range> secrets)
    {
        var redacted = new List<byte>(bytes.Length);
        int done = 0;
        for (int i = 0; i < secrets.Count; i++)
        {
            (int start, int length) = secrets[i].GetOffsetAndLength(bytes.Length);
            redacted.AddRange(bytes[done..start]);
            redacted.AddRange("***"u8);
            done = start + length;
        }

        redacted.AddRange(bytes[done..]);
        return [.. redacted];
    }
}
