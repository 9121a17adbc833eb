using System.Text;

namespace ProtocolClients.Transport;

/// <summary>The percent-encode sets of the URL Standard (§1.3), and encoding by them.</summary>
internal static class WebPercent
{
    // Each set has the C0 controls and whatever is above ~.
    public const string Control = "";
    public const string Fragment = " \"<>`";
    public const string Query = " \"#<>";
    public const string SpecialQuery = Query + "'";
    public const string Path = Query + "?^`{}";
    public const string UserInfo = Path + "/:;=@[\\]|";

    private const string Hex = "0123456789ABCDEF";

    /// <summary>Appends text; characters of a set are written as the bytes of their UTF-8. A percent sign stays as it is.</summary>
    public static void Append(StringBuilder target, ReadOnlySpan<char> text, string set)
    {
        Span<byte> utf8 = stackalloc byte[4];
        while (!text.IsEmpty)
        {
            char c = text[0];
            if (c is >= ' ' and <= '~' && !set.Contains(c, StringComparison.Ordinal))
            {
                target.Append(c);
                text = text[1..];
                continue;
            }

            // Half a character becomes U+FFFD, as the standard's input is made of whole ones.
            Rune.DecodeFromUtf16(text, out Rune rune, out int used);
            text = text[used..];
            foreach (byte b in utf8[..rune.EncodeToUtf8(utf8)]) target.Append('%').Append(Hex[b >> 4]).Append(Hex[b & 15]);
        }
    }

    public static string Encode(ReadOnlySpan<char> text, string set)
    {
        var target = new StringBuilder(text.Length + 16);
        Append(target, text, set);
        return target.ToString();
    }

    /// <summary>Undoes percent-encoding; a percent sign that begins no byte stays. Bytes that are no UTF-8 become U+FFFD.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal)) return text;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int count = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '%' && i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]))
            {
                bytes[count++] = (byte)((HexValue(bytes[i + 1]) << 4) | HexValue(bytes[i + 2]));
                i += 2;
            }
            else
            {
                bytes[count++] = bytes[i];
            }
        }

        return Encoding.UTF8.GetString(bytes, 0, count);
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
