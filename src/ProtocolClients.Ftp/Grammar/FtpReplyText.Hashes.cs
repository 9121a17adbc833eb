using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ProtocolClients;

// Hashes:
//   draft-bryan-ftpext-hash §3.1:                             213 SP hashname SP start "-" end SP hash SP pathname
//   XCRC, XMD5, XSHA1, XSHA256, XSHA512, MD5 (no standard):   ( "250" / "213" / "251" ) SP … hash …
internal static partial class FtpReplyText
{
    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);
    private static readonly SearchValues<byte> Ends = SearchValues.Create(" \t\"'()[]<>=:;,"u8);

    /// <summary>The hash in a reply: the one word of so many hexadecimal digits. Two that differ are none, since one may be a name.</summary>
    /// <param name="text">The text.</param>
    /// <param name="digits">How many digits the hash has: 8 for CRC-32, 32 for MD5, 40, 64, 128 for SHA.</param>
    /// <param name="hex">The hash in lower case.</param>
    public static bool TryHash(ReadOnlySpan<byte> text, int digits, [NotNullWhen(true)] out string? hex)
    {
        hex = null;
        ReadOnlySpan<byte> found = default;
        ReadOnlySpan<byte> last = default;
        while (TakeWord(ref text, out ReadOnlySpan<byte> word))
        {
            if (ListText.StartsWithIgnoreCase(word, "0x"u8)) word = word[2..];
            if (text.IsEmpty && word.Length > 1 && word[^1] == '.') word = word[..^1];
            if (word.IsEmpty) continue;
            last = word;
            if (word.Length != digits || word.ContainsAnyExcept(HexDigits)) continue;
            if (!found.IsEmpty && !Ascii.EqualsIgnoreCase(found, word)) return false;
            found = word;
        }

        // A CRC is written as a number by some, without the zeros in front.
        if (found.IsEmpty && digits == 8 && last.Length is > 0 and < 8 && !last.ContainsAnyExcept(HexDigits)) found = last;
        if (found.IsEmpty) return false;
        hex = Encoding.ASCII.GetString(found).ToLowerInvariant().PadLeft(digits, '0');
        return true;
    }

    /// <summary>The reply to HASH.</summary>
    /// <param name="text">The text.</param>
    /// <param name="reply">What it says.</param>
    public static bool TryHashReply(ReadOnlySpan<byte> text, [NotNullWhen(true)] out FtpHashReply? reply)
    {
        reply = null;
        int at = 0;
        if (!ListText.Next(text, ref at, out Word name) || !ListText.Next(text, ref at, out Word range) || !ListText.Next(text, ref at, out Word hash)) return false;
        ReadOnlySpan<byte> bounds = range.Of(text);
        int dash = bounds.IndexOf((byte)'-');
        if (dash < 0 || !ListText.TryLong(bounds[..dash], out long start) || !ListText.TryLong(bounds[(dash + 1)..], out long end) || end < start) return false;
        ReadOnlySpan<byte> hex = hash.Of(text);
        if (hex.Length is < 2 or > 256 || hex.Length % 2 != 0 || hex.ContainsAnyExcept(HexDigits) || !Ascii.IsValid(name.Of(text))) return false;
        byte[] path = hash.End + 1 < text.Length ? text[(hash.End + 1)..].ToArray() : [];
        reply = new FtpHashReply(Encoding.ASCII.GetString(name.Of(text)), start, end, Encoding.ASCII.GetString(hex).ToLowerInvariant(), path);
        return true;
    }

    private static bool TakeWord(scoped ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> word)
    {
        word = default;
        if (text.IsEmpty) return false;
        int end = text.IndexOfAny(Ends);
        word = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        return true;
    }
}

/// <summary>What a reply to HASH says.</summary>
/// <param name="Algorithm">The algorithm as the server names it, for example <c>SHA-256</c>.</param>
/// <param name="Start">The first byte that was hashed.</param>
/// <param name="End">The end of the range as the server writes it: some name the last byte, others the one behind it.</param>
/// <param name="Hex">The hash in lower case.</param>
/// <param name="Path">The path's bytes; empty when it is not repeated.</param>
internal sealed record FtpHashReply(string Algorithm, long Start, long End, string Hex, ReadOnlyMemory<byte> Path);
