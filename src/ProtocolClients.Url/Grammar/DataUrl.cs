using System.Globalization;
using System.Text;

namespace ProtocolClients;

/// <summary>The content that stands in a data: URL itself.</summary>
internal readonly record struct DataUrl(string MediaType, byte[] Bytes)
{
    // dataurl = "data:" [ mediatype ] [ ";base64" ] "," data   (RFC 2397 §3)
    public static DataUrl Parse(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan("data:".Length);
        int fragment = rest.IndexOf('#');
        if (fragment >= 0) rest = rest[..fragment];
        int comma = rest.IndexOf(',');
        if (comma < 0) throw new ArgumentException("Not a data: URL: it has no comma before its data (RFC 2397).", nameof(text));
        string type = Encoding.UTF8.GetString(Unquote(rest[..comma]));
        bool base64 = type.EndsWith(";base64", StringComparison.OrdinalIgnoreCase);
        if (base64) type = type[..^";base64".Length];
        if (type.Length == 0) type = "text/plain;charset=US-ASCII";
        else if (type.StartsWith(';')) type = "text/plain" + type;
        byte[] bytes = Unquote(rest[(comma + 1)..]);
        if (!base64) return new DataUrl(type, bytes);
        try
        {
            return new DataUrl(type, Convert.FromBase64String(Padded(Encoding.Latin1.GetString(bytes))));
        }
        catch (FormatException cause)
        {
            throw new ArgumentException("Not a data: URL: its data is not base64.", nameof(text), cause);
        }
    }

    /// <summary>Bytes of percent-encoded text; a percent sign that begins no byte is refused.</summary>
    private static byte[] Unquote(ReadOnlySpan<char> text)
    {
        var bytes = new MemoryStream(text.Length);
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '%')
            {
                if (i + 2 >= text.Length || !byte.TryParse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
                {
                    throw new ArgumentException("Not a data: URL: a percent sign is followed by two hex digits.", nameof(text));
                }

                bytes.WriteByte(value);
                i += 2;
            }
            else if (text[i] < 0x80)
            {
                bytes.WriteByte((byte)text[i]);
            }
            else
            {
                Rune.DecodeFromUtf16(text[i..], out Rune rune, out int used);
                bytes.Write(utf8[..rune.EncodeToUtf8(utf8)]);
                i += used - 1;
            }
        }

        return bytes.ToArray();
    }

    private static string Padded(string base64) => base64.Length % 4 == 0 ? base64 : base64.PadRight(base64.Length + 4 - (base64.Length % 4), '=');
}
