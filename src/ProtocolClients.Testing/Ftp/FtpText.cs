using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace ProtocolClients.Testing;

/// <summary>
/// Bytes as text and back without loss: UTF-8, where a byte that is none stands as a lone surrogate, U+DC80 for 0x80 to U+DCFF for
/// 0xFF; or Latin-1, where every byte is a character.
/// </summary>
internal static class FtpText
{
    private const int Escape = 0xDC00;

    public static string Decode(ReadOnlySpan<byte> bytes, bool utf8 = true)
    {
        if (!utf8) return Encoding.Latin1.GetString(bytes);
        if (Utf8.IsValid(bytes)) return Encoding.UTF8.GetString(bytes);
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == OperationStatus.Done)
            {
                text.Append(rune);
            }
            else
            {
                length = 1;
                text.Append((char)(Escape + bytes[0]));
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }

    /// <summary>What Latin-1 lacks becomes a question mark, as servers of that time write it.</summary>
    public static byte[] Encode(string text, bool utf8 = true)
    {
        if (!utf8) return Encoding.Latin1.GetBytes(text);
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return Encoding.UTF8.GetBytes(text);
        var bytes = new List<byte>(text.Length * 2);
        Span<byte> one = stackalloc byte[4];
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out Rune rune, out int length) == OperationStatus.Done)
            {
                bytes.AddRange(one[..rune.EncodeToUtf8(one)]);
            }
            else
            {
                length = 1;
                bytes.Add(rest[0] is > '\uDC7F' and < '\uDD00' ? (byte)(rest[0] - Escape) : (byte)'?');
            }

            rest = rest[length..];
        }

        return [.. bytes];
    }
}
