using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace ProtocolClients.Transport;

/// <summary>
/// Reads IP address literals in their one strict form. The platform's own parser also takes what inet_aton took
/// (<c>010.0.0.1</c> as octal, <c>127.1</c>, <c>0x7f.1</c>, <c>2130706433</c>): two readers that disagree about such a
/// text are how an address filter is passed (CVE-2021-29921), so these forms are no addresses here.
/// </summary>
public static class AddressLiteral
{
    /// <summary>Reads an IPv4 or IPv6 literal.</summary>
    /// <param name="text">The literal; an IPv6 one with or without brackets, with or without a zone (<c>fe80::1%eth0</c>).</param>
    /// <param name="address">The address; null when the text is none.</param>
    /// <returns>True when the text is an address in its strict form.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        if (text is ['[', .. var inner, ']']) return TryParseIPv6(inner, out address);
        return text.Contains(':') ? TryParseIPv6(text, out address) : TryParseIPv4(text, out address);
    }

    // RFC 3986 §3.2.2: IPv4address = dec-octet "." dec-octet "." dec-octet "." dec-octet
    /// <summary>Reads a dotted IPv4 literal: four decimal numbers up to 255 without leading zeros (RFC 3986 §3.2.2).</summary>
    /// <param name="text">The literal.</param>
    /// <param name="address">The address; null when the text is none.</param>
    /// <returns>True when the text is an address in its strict form.</returns>
    public static bool TryParseIPv4(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (text.Length is < 7 or > 15) return false;
        Span<byte> octets = stackalloc byte[4];
        int index = 0;
        int value = 0;
        int digits = 0;
        foreach (char c in text)
        {
            if (c == '.')
            {
                if (digits == 0 || index == 3) return false;
                octets[index++] = (byte)value;
                value = digits = 0;
                continue;
            }

            if (!char.IsAsciiDigit(c) || (digits > 0 && value == 0)) return false;
            value = (value * 10) + (c - '0');
            digits++;
            if (value > 255) return false;
        }

        if (digits == 0 || index != 3) return false;
        octets[3] = (byte)value;
        address = new IPAddress(octets);
        return true;
    }

    // RFC 3986 §3.2.2: IPv6address = 6( h16 ":" ) ls32 / "::" 5( h16 ":" ) ls32 / …
    /// <summary>Reads an IPv6 literal (RFC 4291 §2.2) without brackets; a zone may follow after <c>%</c> (RFC 4007 §11).</summary>
    /// <param name="text">The literal.</param>
    /// <param name="address">The address; null when the text is none.</param>
    /// <returns>True when the text is an address in its strict form.</returns>
    public static bool TryParseIPv6(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        int percent = text.IndexOf('%');
        ReadOnlySpan<char> digits = percent < 0 ? text : text[..percent];
        if (percent >= 0 && !IsZone(text[(percent + 1)..])) return false;

        Span<ushort> groups = stackalloc ushort[8];
        int count = 0;
        int gap = -1;
        int at = 0;
        if (digits.StartsWith("::"))
        {
            gap = 0;
            at = 2;
        }

        while (at < digits.Length)
        {
            ReadOnlySpan<char> rest = digits[at..];
            int colon = rest.IndexOf(':');
            ReadOnlySpan<char> group = colon < 0 ? rest : rest[..colon];
            if (colon < 0 && group.Contains('.'))
            {
                if (count > 6 || !TryParseIPv4(group, out IPAddress? tail)) return false;
                Span<byte> octets = stackalloc byte[4];
                tail.TryWriteBytes(octets, out _);
                groups[count++] = (ushort)((octets[0] << 8) | octets[1]);
                groups[count++] = (ushort)((octets[2] << 8) | octets[3]);
                break;
            }

            if (count == 8 || group.Length is 0 or > 4
                || !ushort.TryParse(group, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out groups[count]))
            {
                return false;
            }

            count++;
            if (colon < 0) break;
            at += colon + 1;
            if (at == digits.Length) return false;
            if (digits[at] != ':') continue;
            if (gap >= 0) return false;
            gap = count;
            at++;
        }

        if (gap < 0 ? count != 8 : count > 7) return false;
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        int shift = 8 - count;
        for (int i = 0; i < count; i++)
        {
            int place = gap >= 0 && i >= gap ? i + shift : i;
            bytes[place * 2] = (byte)(groups[i] >> 8);
            bytes[(place * 2) + 1] = (byte)groups[i];
        }

        // The platform resolves the zone's name to its interface; the text is already known to be sound.
        address = percent < 0 ? new IPAddress(bytes) : IPAddress.TryParse(text, out IPAddress? zoned) ? zoned : null;
        return address is not null;
    }

    /// <summary>
    /// True when a host's last label is a number, decimal or hexadecimal: such a host is an IPv4 address or nothing
    /// (WHATWG URL §3.5, "ends in a number"), and must not be given to a resolver, which would read the old forms.
    /// </summary>
    /// <param name="host">The host.</param>
    public static bool EndsInNumber(ReadOnlySpan<char> host)
    {
        if (host.EndsWith(".")) host = host[..^1];
        ReadOnlySpan<char> last = host[(host.LastIndexOf('.') + 1)..];
        if (last.IsEmpty) return false;
        if (!last.ContainsAnyExceptInRange('0', '9')) return true;
        return last.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            && last[2..].IndexOfAnyExcept(System.Buffers.SearchValues.Create("0123456789abcdefABCDEF")) < 0;
    }

    private static bool IsZone(ReadOnlySpan<char> zone)
    {
        foreach (char c in zone)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-' or '~')) return false;
        }

        return !zone.IsEmpty;
    }
}
