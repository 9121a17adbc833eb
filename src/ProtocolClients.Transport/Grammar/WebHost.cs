using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>Reads a host as browsers do (WHATWG URL Standard §3.5).</summary>
internal static class WebHost
{
    // Forbidden host code points: they end a host, or begin something else, in one reader or another.
    private static readonly SearchValues<char> Forbidden = SearchValues.Create("\0\t\n\r #/:<>?@[\\]^|");

    /// <summary>The host in its normal form.</summary>
    /// <param name="input">The host as it stands, not empty.</param>
    /// <param name="isOpaque">Whether the scheme is unknown, so that its hosts mean nothing here.</param>
    /// <param name="error">Why there is none.</param>
    /// <returns>The host; null when it is refused.</returns>
    public static string? Parse(string input, bool isOpaque, out string? error)
    {
        error = null;
        if (input.StartsWith('['))
        {
            if (input.EndsWith(']') && !input.Contains('%', StringComparison.Ordinal) && AddressLiteral.TryParseIPv6(input.AsSpan(1, input.Length - 2), out IPAddress? address))
            {
                return $"[{Compressed(address)}]";
            }

            error = "its host is no IPv6 address";
            return null;
        }

        if (isOpaque)
        {
            if (input.AsSpan().IndexOfAny(Forbidden) < 0) return WebPercent.Encode(input, WebPercent.Control);
            error = "its host has a character that no host has";
            return null;
        }

        // §3.3 domain to ASCII: neither hyphens nor lengths are checked.
        if (Idna.ToAscii(WebPercent.Decode(input)) is not { Length: > 0 } ascii)
        {
            error = "its host is no name";
            return null;
        }

        if (ascii.AsSpan().IndexOfAny(Forbidden) >= 0 || ascii.AsSpan().IndexOfAnyInRange('\0', '\x1F') >= 0 || ascii.AsSpan().IndexOfAny('%', '\x7F') >= 0)
        {
            error = "its host has a character that no host has";
            return null;
        }

        if (!AddressLiteral.EndsInNumber(ascii)) return ascii;
        if (IPv4(ascii) is { } number) return new IPAddress([(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number]).ToString();
        error = "its host ends in a number and is no IPv4 address";
        return null;
    }

    // §3.5 IPv4 parser: up to four numbers, each decimal, octal (0…) or hexadecimal (0x…); the last fills what is left.
    private static uint? IPv4(string text)
    {
        string[] parts = (text.EndsWith('.') ? text[..^1] : text).Split('.');
        if (parts.Length > 4) return null;
        ulong address = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            bool last = i == parts.Length - 1;
            ulong limit = last ? 1UL << (8 * (5 - parts.Length)) : 256;
            if (Number(parts[i]) is not { } number || number >= limit) return null;
            address |= last ? number : number << (8 * (3 - i));
        }

        return (uint)address;
    }

    private static ulong? Number(string text)
    {
        if (text.Length == 0) return null;
        uint radix = 10;
        ReadOnlySpan<char> digits = text;
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            radix = 16;
            digits = digits[2..];
        }
        else if (text.Length > 1 && text[0] == '0')
        {
            radix = 8;
            digits = digits[1..];
        }

        ulong value = 0;
        foreach (char c in digits)
        {
            if (!char.IsAsciiHexDigit(c)) return null;
            uint digit = (uint)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
            if (digit >= radix) return null;
            value = (value * radix) + digit;
            // More than fits is an error of the address, however many digits follow.
            if (value > uint.MaxValue) value = (ulong)uint.MaxValue + 1;
        }

        return value;
    }

    // §3.5 IPv6 serializer: the platform writes the last groups of some addresses as IPv4, the standard never does.
    private static string Compressed(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) groups[i] = (bytes[i * 2] << 8) | bytes[(i * 2) + 1];
        int best = -1;
        int length = 1;
        for (int i = 0; i < 8; i++)
        {
            int end = i;
            while (end < 8 && groups[end] == 0) end++;
            if (end - i > length) (best, length) = (i, end - i);
        }

        var text = new StringBuilder(40);
        for (int i = 0; i < 8; i++)
        {
            if (i == best)
            {
                text.Append(i == 0 ? "::" : ":");
                i += length - 1;
                continue;
            }

            text.Append(CultureInfo.InvariantCulture, $"{groups[i]:x}");
            if (i < 7) text.Append(':');
        }

        return text.ToString();
    }
}
