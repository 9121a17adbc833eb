using System.Buffers;
using System.Globalization;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>The value of a parameter whose name ends in an asterisk: a charset, a language and percent-encoded bytes (RFC 8187). Pure.</summary>
public static class ExtendedValue
{
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789ABCDEFabcdef");
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // ext-value = charset "'" [ language ] "'" value-chars   (RFC 8187 §3.2.1; producers use UTF-8, and ISO-8859-1 of old)
    /// <summary>Decodes a value; null when it is none, which its reader then ignores.</summary>
    /// <param name="text">The value as it was sent.</param>
    public static string? Decode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int charsetEnd = text.IndexOf('\'', StringComparison.Ordinal);
        int languageEnd = charsetEnd < 0 ? -1 : text.IndexOf('\'', charsetEnd + 1);
        if (languageEnd < 0 || Unescape(text.AsSpan(languageEnd + 1)) is not { } bytes) return null;
        ReadOnlySpan<char> charset = text.AsSpan(0, charsetEnd);
        if (charset.Equals("UTF-8", StringComparison.OrdinalIgnoreCase)) return Utf8(bytes);
        if (!charset.Equals("ISO-8859-1", StringComparison.OrdinalIgnoreCase)) return null;
        // 0x80 to 0x9F are controls in this charset: whoever sends them meant another.
        return bytes.AsSpan().ContainsAnyInRange((byte)0x80, (byte)0x9f) ? null : Encoding.Latin1.GetString(bytes);
    }

    /// <summary>The bytes of percent-encoded text; null when a percent sign begins no byte, or a letter is beyond ASCII.</summary>
    /// <param name="text">The text.</param>
    public static byte[]? Unescape(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[text.Length];
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                if (text[i] > '\x7f') return null;
                bytes[count++] = (byte)text[i];
                continue;
            }

            if (i + 2 >= text.Length || text.Slice(i + 1, 2).ContainsAnyExcept(Hex)) return null;
            bytes[count++] = byte.Parse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            i += 2;
        }

        return bytes[..count];
    }

    /// <summary>The text of bytes that are UTF-8; null when they are not.</summary>
    /// <param name="bytes">The bytes.</param>
    public static string? Utf8(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
