using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>
/// Brings a host to its one canonical form, once, before anything compares, resolves or sends it: two readers that see
/// different hosts in one text are how filters and cookies are passed (CVE-2019-9636, CVE-2022-27780).
/// </summary>
public static class HostName
{
    // What is mapped may grow shorter, not by so much; a million characters are nobody's host.
    private const int LongestInput = 4096;

    // RFC 1123 §2.1 lets a host have letters, digits and hyphens; the underscore is of no standard and of many networks.
    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-._");
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The canonical form of a host; see <see cref="TryCanonical"/>.</summary>
    /// <param name="host">The host as a user or a URL gives it.</param>
    /// <exception cref="FormatException">The host is refused; the message says why.</exception>
    public static string Canonical(string host) =>
        TryCanonical(host, out string? canonical, out string? reason) ? canonical : throw new FormatException(reason);

    /// <summary>
    /// Brings a host to its canonical form: percent-decoded (RFC 3986 §3.2.2), mapped by UTS #46 to A-labels, in lower case,
    /// without a trailing dot; an IP literal in its standard form, without brackets. Idempotent.
    /// </summary>
    /// <remarks>
    /// Refused, never repaired: blanks and controls; what maps or decodes to a delimiter (<c>℀</c>, <c>%2F</c>); labels that
    /// are empty or longer than 63 bytes, names longer than 253 (RFC 1035 §2.3.4); IPv4 in any form but four decimal numbers.
    /// </remarks>
    /// <param name="host">The host as a user or a URL gives it; an IPv6 literal with or without brackets.</param>
    /// <param name="canonical">The canonical form; null when the host is refused.</param>
    /// <param name="reason">Why it is refused, for the user; null when it is not.</param>
    /// <returns>True when the host is sound.</returns>
    public static bool TryCanonical(string host, [NotNullWhen(true)] out string? canonical, [NotNullWhen(false)] out string? reason)
    {
        ArgumentNullException.ThrowIfNull(host);
        canonical = null;
        reason = null;
        if (host.Length == 0)
        {
            reason = "The host is empty.";
        }
        else if (host.Contains(':', StringComparison.Ordinal) || host[0] == '[')
        {
            if (AddressLiteral.TryParse(host, out IPAddress? address)) canonical = address.ToString();
            else reason = "The host is not an IPv6 address.";
        }
        else if (host.Length > LongestInput)
        {
            reason = "The host is longer than 253 bytes.";
        }
        else if (Decode(host) is not { } decoded)
        {
            reason = "The host has a percent sign that encodes nothing.";
        }
        else if (ToAscii(decoded) is not { } ascii)
        {
            reason = "The host is not a valid internationalized name.";
        }
        else if ((reason = Fault(ascii)) is null)
        {
            canonical = ascii;
        }

        return canonical is not null;
    }

    private static string? Fault(string ascii)
    {
        if (ascii.AsSpan().IndexOfAnyExcept(Allowed) is >= 0 and int at)
        {
            return $"The host has a character that no host name has: U+{(int)ascii[at]:X4}.";
        }

        if (ascii.Length > 253) return "The host is longer than 253 bytes.";
        if (AddressLiteral.EndsInNumber(ascii))
        {
            return AddressLiteral.TryParseIPv4(ascii, out _)
                ? null
                : "The host ends in a number, and is not an IPv4 address of four decimal numbers.";
        }

        foreach (Range label in ascii.AsSpan().Split('.'))
        {
            (_, int length) = label.GetOffsetAndLength(ascii.Length);
            if (length == 0) return "The host has an empty label.";
            if (length > 63) return "The host has a label of more than 63 bytes.";
        }

        return null;
    }

    private static string? ToAscii(string name)
    {
        string? ascii = Idna.ToAscii(name);
        return ascii?.Length > 1 && ascii[^1] == '.' && !AddressLiteral.EndsInNumber(ascii) ? ascii[..^1] : ascii;
    }

    private static string? Decode(string host)
    {
        if (!host.Contains('%', StringComparison.Ordinal)) return host;
        byte[] bytes = new byte[StrictUtf8.GetMaxByteCount(host.Length)];
        int count = 0;
        try
        {
            for (int i = 0; i < host.Length;)
            {
                if (host[i] != '%')
                {
                    int end = host.IndexOf('%', i) is >= 0 and int next ? next : host.Length;
                    count += StrictUtf8.GetBytes(host.AsSpan(i, end - i), bytes.AsSpan(count));
                    i = end;
                    continue;
                }

                if (i + 3 > host.Length
                    || !byte.TryParse(host.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[count]))
                {
                    return null;
                }

                count++;
                i += 3;
            }

            return StrictUtf8.GetString(bytes, 0, count);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
