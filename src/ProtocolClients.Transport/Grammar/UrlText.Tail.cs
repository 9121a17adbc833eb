using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace ProtocolClients.Transport;

public static partial class UrlText
{
    /// <summary>
    /// Checks what follows a URL's authority, or its scheme when it has none, and percent-encodes what is not ASCII: the platform would normalise
    /// and drop such characters by rules of its own.
    /// </summary>
    private static bool TryTail(string tail, string scheme, bool hasAuthority, [NotNullWhen(true)] out string? checkedTail, [NotNullWhen(false)] out string? error)
    {
        checkedTail = null;
        error = PercentFault(tail);
        if (error is null && (hasAuthority || scheme == "file" || tail.StartsWith('/'))) error = PathFault(tail.AsSpan(0, PathLength(tail)), scheme);
        if (error is not null) return false;
        checkedTail = EncodeNonAscii(tail);
        return true;
    }

    private static string? PercentFault(ReadOnlySpan<char> text)
    {
        for (int i = text.IndexOf('%'); i >= 0;)
        {
            // One standard calls it malformed, the other sends it as it is, and the platform changes it.
            if (!IsTriplet(text[i..])) return "a percent sign in it begins no encoded byte (write %25)";
            int next = text[(i + 3)..].IndexOf('%');
            i = next < 0 ? -1 : i + 3 + next;
        }

        return null;
    }

    private static string? PathFault(ReadOnlySpan<char> path, string scheme)
    {
        if (scheme == "file")
        {
            // path-absolute   (RFC 8089 §2)
            if (!path.StartsWith('/')) return "the path of a file: URL begins with a slash";
            // At the beginning, also behind dot segments, it names another machine to the platform.
            if (path.Contains("//", StringComparison.Ordinal)) return "the path of a file: URL has two slashes in a row";
            if (path.Length > 2 && path[2] == '|' && char.IsAsciiLetter(path[1])) return "a drive letter is followed by a colon";
            // The platform decodes it: another file than the segments name.
            if (path.Contains("%2F", StringComparison.OrdinalIgnoreCase)
                || path.Contains("%5C", StringComparison.OrdinalIgnoreCase))
            {
                return "a segment of a file: URL has an encoded slash or backslash";
            }
        }

        foreach (Range range in path.Split('/'))
        {
            ReadOnlySpan<char> segment = path[range];
            // To browsers and to the platform it is a dot segment, to RFC 3986 a name: a check of one reading misses the other.
            if (IsEncodedDots(segment)) return "its path has a dot segment that is written with %2E (write the dots)";
        }

        return null;
    }

    private static bool IsEncodedDots(ReadOnlySpan<char> segment)
    {
        if (segment.Length is < 3 or > 6) return false;
        int dots = 0;
        while (!segment.IsEmpty)
        {
            bool encoded = segment.StartsWith("%2e", StringComparison.OrdinalIgnoreCase);
            if (!encoded && segment[0] != '.') return false;
            segment = segment[(encoded ? 3 : 1)..];
            dots++;
        }

        return dots <= 2;
    }

    /// <summary>A reference of a peer with what every client repairs: blanks, percent signs that begin no byte, dot segments that are encoded.</summary>
    private static string Repaired(string reference)
    {
        reference = RepairPercent(reference.Trim(' ').Replace(" ", "%20", StringComparison.Ordinal));
        if (!reference.Contains("%2e", StringComparison.OrdinalIgnoreCase)) return reference;
        int end = PathLength(reference);
        string[] segments = reference[..end].Split('/');
        for (int i = 0; i < segments.Length; i++)
        {
            if (IsEncodedDots(segments[i])) segments[i] = segments[i].Replace("%2e", ".", StringComparison.OrdinalIgnoreCase);
        }

        return string.Join('/', segments) + reference[end..];
    }

    /// <summary>Percent signs that begin no byte, as <c>%25</c>.</summary>
    internal static string RepairPercent(string text)
    {
        if (PercentFault(text) is null) return text;
        var repaired = new StringBuilder(text.Length + 8);
        for (int i = 0; i < text.Length; i++)
        {
            repaired.Append(text[i]);
            if (text[i] == '%' && !IsTriplet(text.AsSpan(i))) repaired.Append("25");
        }

        return repaired.ToString();
    }

    private static bool IsTriplet(ReadOnlySpan<char> text) =>
        text.Length > 2 && text[0] == '%' && char.IsAsciiHexDigit(text[1]) && char.IsAsciiHexDigit(text[2]);

    private static int PathLength(ReadOnlySpan<char> tail) => tail.IndexOfAny('?', '#') is >= 0 and int end ? end : tail.Length;

    private static string EncodeNonAscii(string text)
    {
        if (Ascii.IsValid(text)) return text;
        var encoded = new StringBuilder(text.Length + 32);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.IsAscii)
            {
                encoded.Append((char)rune.Value);
                continue;
            }

            foreach (byte b in utf8[..rune.EncodeToUtf8(utf8)]) encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return encoded.ToString();
    }
}
