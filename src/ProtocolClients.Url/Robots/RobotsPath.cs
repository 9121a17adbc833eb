using System.Buffers;
using System.Globalization;
using System.Text;

namespace ProtocolClients;

/// <summary>
/// The one form in which rules and paths are compared (RFC 9309 §2.2.2): unreserved characters decoded, all others that are not
/// reserved encoded, hex digits in upper case. In a query also the delimiters that mean nothing there are one thing, encoded or not.
/// </summary>
internal static class RobotsPath
{
    private const string Hex = "0123456789ABCDEF";

    private static readonly SearchValues<byte> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);

    // Without the percent sign, which is looked at by itself.
    private static readonly SearchValues<byte> Kept =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?[]@!&'()+,;="u8);

    private static readonly SearchValues<byte> PlainInQuery = SearchValues.Create(":/?[]@"u8);

    /// <summary>A rule's pattern; its stars, and the dollar at its end, keep their meaning.</summary>
    public static byte[] OfRule(ReadOnlySpan<byte> value) => Normalise(value, isRule: true);

    /// <summary>A URL's path and query; stars and dollars in it are plain characters, which a rule writes encoded (RFC 9309 §2.2.3).</summary>
    public static byte[] OfUrl(string path) => Normalise(Encoding.UTF8.GetBytes(path), isRule: false);

    private static byte[] Normalise(ReadOnlySpan<byte> text, bool isRule)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(text.Length * 3);
        int count = 0;
        bool query = false;
        for (int i = 0; i < text.Length; i++)
        {
            byte b = text[i];
            if (b == '#' && !isRule) break;
            if (b == '%' && i + 2 < text.Length
                && byte.TryParse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                i += 2;
                if (Unreserved.Contains(value) || (query && PlainInQuery.Contains(value))) rented[count++] = value;
                else count = Encode(rented, count, value);
                continue;
            }

            query |= b == '?';
            bool special = isRule && (b == '*' || (b == '$' && i == text.Length - 1));
            if (special || b == '%' || Kept.Contains(b)) rented[count++] = b;
            else count = Encode(rented, count, b);
        }

        byte[] normal = rented.AsSpan(0, count).ToArray();
        ArrayPool<byte>.Shared.Return(rented);
        return normal;
    }

    private static int Encode(byte[] target, int count, byte value)
    {
        target[count++] = (byte)'%';
        target[count++] = (byte)Hex[value >> 4];
        target[count++] = (byte)Hex[value & 15];
        return count;
    }
}
