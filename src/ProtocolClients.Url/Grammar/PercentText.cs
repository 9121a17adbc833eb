using System.Buffers;
using System.Globalization;
using System.Text;

namespace ProtocolClients;

/// <summary>Percent-encoding (RFC 3986 §2.1): the one writer and the one reader of this package.</summary>
internal static class PercentText
{
    // unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~"   (RFC 3986 §2.3)
    public const string Unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    // reserved = gen-delims / sub-delims   (RFC 3986 §2.2)
    public const string Reserved = ":/?#[]@!$&'()*+,;=";

    private const string Hex = "0123456789ABCDEF";

    /// <summary>Appends text as UTF-8, with whatever is not kept percent-encoded.</summary>
    /// <param name="target">Appended to.</param>
    /// <param name="text">The text.</param>
    /// <param name="kept">The ASCII characters that stay.</param>
    /// <param name="triplets">Whether a percent sign that begins an encoded byte stays.</param>
    /// <exception cref="ArgumentException">The text has half a character (a lone surrogate), which UTF-8 cannot say.</exception>
    public static void Append(StringBuilder target, ReadOnlySpan<char> text, SearchValues<char> kept, bool triplets = false)
    {
        Span<byte> utf8 = stackalloc byte[4];
        while (!text.IsEmpty)
        {
            int run = text.IndexOfAnyExcept(kept);
            if (run != 0)
            {
                target.Append(run < 0 ? text : text[..run]);
                if (run < 0) return;
                text = text[run..];
            }

            if (triplets && IsTriplet(text))
            {
                target.Append(text[..3]);
                text = text[3..];
                continue;
            }

            if (Rune.DecodeFromUtf16(text, out Rune rune, out int used) != OperationStatus.Done)
            {
                throw new ArgumentException("The text has half a character (a lone surrogate).", nameof(text));
            }

            AppendBytes(target, utf8[..rune.EncodeToUtf8(utf8)]);
            text = text[used..];
        }
    }

    /// <summary>Appends bytes, with those that are not kept percent-encoded.</summary>
    public static void Append(StringBuilder target, ReadOnlySpan<byte> bytes, SearchValues<char> kept)
    {
        foreach (byte b in bytes)
        {
            if (kept.Contains((char)b)) target.Append((char)b);
            else AppendBytes(target, [b]);
        }
    }

    /// <summary>Whether text begins with a percent sign and two hex digits.</summary>
    public static bool IsTriplet(ReadOnlySpan<char> text) =>
        text.Length > 2 && text[0] == '%' && char.IsAsciiHexDigit(text[1]) && char.IsAsciiHexDigit(text[2]);

    /// <summary>The byte that a triplet encodes.</summary>
    public static byte ByteOf(ReadOnlySpan<char> triplet) => byte.Parse(triplet.Slice(1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>Undoes percent-encoding; a percent sign that begins no byte stays, text that is not encoded becomes UTF-8.</summary>
    public static byte[] Decode(ReadOnlySpan<char> text)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        int count = 0;
        while (!text.IsEmpty)
        {
            if (IsTriplet(text))
            {
                rented[count++] = ByteOf(text);
                text = text[3..];
                continue;
            }

            int next = text[1..].IndexOf('%');
            ReadOnlySpan<char> run = next < 0 ? text : text[..(next + 1)];
            count += Encoding.UTF8.GetBytes(run, rented.AsSpan(count));
            text = text[run.Length..];
        }

        byte[] bytes = rented.AsSpan(0, count).ToArray();
        ArrayPool<byte>.Shared.Return(rented);
        return bytes;
    }

    private static void AppendBytes(StringBuilder target, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes) target.Append('%').Append(Hex[b >> 4]).Append(Hex[b & 15]);
    }
}
