using System.Net.Http.Headers;
using System.Text;

namespace ProtocolClients;

/// <summary>The content that stands in a data: URL itself.</summary>
/// <param name="MediaType">The media type with its parameters.</param>
/// <param name="Bytes">The content.</param>
internal readonly record struct DataUrl(string MediaType, byte[] Bytes)
{
    private const string Base64 = "base64";

    /// <summary>The media type alone, in lower case.</summary>
    public string Type => MediaType.Split(';', 2)[0].Trim().ToLowerInvariant();

    /// <summary>The value of the charset parameter; null without.</summary>
    public string? Charset => MediaTypeHeaderValue.Parse(MediaType).CharSet?.Trim('"');

    // dataurl = "data:" [ mediatype ] [ ";base64" ] "," data     mediatype = [ type "/" subtype ] *( ";" parameter )   (RFC 2397 §3)
    public static DataUrl Parse(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan("data:".Length);
        int fragment = rest.IndexOf('#');
        if (fragment >= 0) rest = rest[..fragment];
        int comma = rest.IndexOf(',');
        if (comma < 0) throw new ArgumentException(Malformed("it has no comma before its data"), nameof(text));
        (string type, bool base64) = Head(rest[..comma]);
        byte[] bytes = Decode(rest[(comma + 1)..]);
        return new DataUrl(type, base64 ? FromBase64(bytes) : bytes);
    }

    private static (string Type, bool Base64) Head(ReadOnlySpan<char> text)
    {
        string type = Encoding.UTF8.GetString(Decode(text)).Trim(' ');
        bool base64 = false;
        if (type.EndsWith(Base64, StringComparison.OrdinalIgnoreCase))
        {
            // Browsers take blanks before the word; a parameter that only ends so is none.
            string before = type[..^Base64.Length].TrimEnd(' ');
            base64 = before.EndsWith(';');
            if (base64) type = before[..^1];
        }

        if (type.Length == 0) return ("text/plain;charset=US-ASCII", base64);
        if (type.StartsWith(';')) type = "text/plain" + type;
        // It becomes a header field: a line end that was encoded would begin another.
        return MediaTypeHeaderValue.TryParse(type, out _) ? (type, base64) : throw new ArgumentException(Malformed("its media type is none"), nameof(text));
    }

    private static byte[] Decode(ReadOnlySpan<char> text)
    {
        for (ReadOnlySpan<char> left = text; left.IndexOf('%') is >= 0 and int at; left = left[(at + 3)..])
        {
            if (!PercentText.IsTriplet(left[at..])) throw new ArgumentException(Malformed("a percent sign is followed by two hex digits"), nameof(text));
        }

        return PercentText.Decode(text);
    }

    private static byte[] FromBase64(byte[] text)
    {
        // Blanks and line ends are dropped, and the padding may be missing: both are common, and mean one thing only.
        int length = 0;
        foreach (byte b in text)
        {
            if (b is not ((byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\f' or (byte)'\r')) text[length++] = b;
        }

        string base64 = Encoding.Latin1.GetString(text, 0, length);
        try
        {
            return Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '='));
        }
        catch (FormatException cause)
        {
            throw new ArgumentException(Malformed("its data is not base64"), nameof(text), cause);
        }
    }

    private static string Malformed(string why) => $"Not a data: URL: {why} (RFC 2397).";
}
