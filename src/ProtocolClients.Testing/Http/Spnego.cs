namespace ProtocolClients.Testing;

/// <summary>As much of SPNEGO (RFC 4178) as wraps NTLM: the one mechanism, tokens below 64 KiB.</summary>
internal static class Spnego
{
    private static ReadOnlySpan<byte> NtlmMechanism => [0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A];

    /// <summary>negState accept-completed, and nothing else.</summary>
    public static byte[] Completed { get; } = Tagged(0xA1, Tagged(0x30, Tagged(0xA0, [0x0A, 0x01, 0x00])));

    /// <summary>The NTLM message inside a token; it has an unmistakable beginning, and stands last or before the signature of the mechanisms.</summary>
    public static byte[]? FindNtlm(byte[] token)
    {
        int at = token.AsSpan().IndexOf("NTLMSSP\0"u8);
        if (at < 2) return null;

        // The octet string around it tells its length.
        int length = token[at - 1];
        if (at >= 4 && token[at - 3] == 0x82) length = (token[at - 2] << 8) | token[at - 1];
        return at + length <= token.Length ? token[at..(at + length)] : null;
    }

    /// <summary>NegTokenResp: accept-incomplete, NTLM, and its next message.</summary>
    public static byte[] Continue(byte[] message) => Tagged(0xA1, Tagged(0x30,
    [
        .. Tagged(0xA0, [0x0A, 0x01, 0x01]),
        .. Tagged(0xA1, NtlmMechanism.ToArray()),
        .. Tagged(0xA2, Tagged(0x04, message)),
    ]));

    private static byte[] Tagged(byte tag, byte[] content) => content.Length switch
    {
        < 0x80 => [tag, (byte)content.Length, .. content],
        < 0x100 => [tag, 0x81, (byte)content.Length, .. content],
        _ => [tag, 0x82, (byte)(content.Length >> 8), (byte)content.Length, .. content],
    };
}
