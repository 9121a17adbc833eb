using System.Text;

namespace ProtocolClients;

/// <summary>The value of a parameter whose name ends in an asterisk: a charset, a language and percent-encoded bytes.</summary>
internal static class ExtendedValue
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Decodes a value; null when it is none, which its reader then ignores.</summary>
    /// <param name="text">The value as it was sent.</param>
    // ext-value = charset "'" [ language ] "'" value-chars   (RFC 8187 §3.2.1; producers use UTF-8, and ISO-8859-1 of old)
    public static string? Decode(string text)
    {
        int first = text.IndexOf('\'', StringComparison.Ordinal);
        int second = first < 0 ? -1 : text.IndexOf('\'', first + 1);
        if (second < 0) return null;
        Encoding encoding;
        if (text.AsSpan(0, first).Equals("UTF-8", StringComparison.OrdinalIgnoreCase)) encoding = StrictUtf8;
        else if (text.AsSpan(0, first).Equals("ISO-8859-1", StringComparison.OrdinalIgnoreCase)) encoding = Encoding.Latin1;
        else return null;

        byte[] bytes = new byte[text.Length - second - 1];
        int count = 0;
        for (int i = second + 1; i < text.Length; i++)
        {
            char c = text[i];
            if (c != '%')
            {
                if (c >= 0x80) return null;
                bytes[count++] = (byte)c;
                continue;
            }

            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2])) return null;
            bytes[count++] = (byte)((Convert.ToInt32(text[i + 1].ToString(), 16) << 4) | Convert.ToInt32(text[i + 2].ToString(), 16));
            i += 2;
        }

        try
        {
            return encoding.GetString(bytes, 0, count);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
