using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// What a Content-Disposition field says (RFC 6266): whether the content is to be saved, and under which name. Read leniently, since what
/// servers write is often wrong; never throws. The name is the server's word: <see cref="Transport.SafeFileName"/> judges it.
/// </summary>
/// <param name="Type">The disposition type in lower case, for example <c>attachment</c>; empty when there is none.</param>
/// <param name="FileName">
/// The name, decoded: that of <c>filename*</c> (RFC 8187) when it is well-formed, else that of <c>filename</c>; null when there is none.
/// </param>
public sealed record ContentDisposition(string Type, string? FileName)
{
    // A field that is longer is not read: no name needs this.
    private const int MaxLength = 16 * 1024;

    private static readonly ContentDisposition Nothing = new(string.Empty, null);

    // content-disposition = "Content-Disposition" ":" disposition-type *( ";" disposition-parm )   (RFC 6266 §4.1)
    /// <summary>Reads the value of a field.</summary>
    /// <param name="field">The value; bytes beyond ASCII as Latin-1, as HTTP fields are decoded. Null is an empty value.</param>
    public static ContentDisposition Parse(string? field)
    {
        if (string.IsNullOrEmpty(field) || field.Length > MaxLength) return Nothing;
        string type = string.Empty;
        string? plain = null;
        string? extended = null;
        int at = 0;
        bool first = true;
        while (at < field.Length)
        {
            int nameStart = at;
            // A quoted string where a type or a name should be hides what looks like a parameter inside it.
            at = field[SkipBlanks(field, at)..].StartsWith('"') ? EndOfQuoted(field, SkipBlanks(field, at)) : at;
            while (at < field.Length && field[at] is not (';' or '=')) at++;
            string name = field[nameStart..at].Trim(' ', '\t');
            if (at >= field.Length || field[at] == ';')
            {
                if (first && IsWord(name)) type = name.ToLowerInvariant();
                first = false;
                at++;
                continue;
            }

            first = false;
            at = SkipBlanks(field, at + 1);
            bool quoted = at < field.Length && field[at] == '"';
            string value = quoted ? Quoted(field, ref at) : Unquoted(field, ref at);
            // What follows a quoted string up to the semicolon is noise.
            while (at < field.Length && field[at] != ';') at++;
            at++;
            if (name.Equals("filename", StringComparison.OrdinalIgnoreCase)) plain ??= Plain(value);
            else if (IsExtendedName(name) && ExtendedValue.Decode(value) is { Length: > 0 } decoded) extended ??= decoded;
        }

        return new ContentDisposition(type, extended ?? plain);
    }

    /// <summary><c>filename*</c>, with a blank between star and equals sign but not before the star.</summary>
    private static bool IsExtendedName(string name) => name.Equals("filename*", StringComparison.OrdinalIgnoreCase);

    private static bool IsWord(string name)
    {
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) return false;
        }

        return name.Length > 0;
    }

    private static int SkipBlanks(string text, int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t') at++;
        return at;
    }

    private static int EndOfQuoted(string text, int at)
    {
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '\\') at++;
            else if (text[at] == '"') return at + 1;
        }

        return text.Length;
    }

    // quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE   (RFC 9110 §5.6.4); one that is not closed ends with the field
    private static string Quoted(string text, ref int at)
    {
        int start = ++at;
        StringBuilder? unescaped = null;
        for (; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                unescaped ??= new StringBuilder(text, start, at - start, text.Length);
                at++;
            }

            unescaped?.Append(text[at]);
        }

        string value = unescaped?.ToString() ?? text[start..Math.Min(at, text.Length)];
        at = Math.Min(at + 1, text.Length);
        return value;
    }

    /// <summary>A token, or what many servers send for one: blanks, parentheses, commas and other letters up to the semicolon.</summary>
    private static string Unquoted(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && text[at] != ';') at++;
        return text[start..at].Trim(' ', '\t');
    }

    private static string? Plain(string value)
    {
        if (value.Length == 0) return null;
        // Encoded words belong to mail (RFC 2047 §5); in a name they are noise.
        if (value.StartsWith("=?", StringComparison.Ordinal) && value.EndsWith("?=", StringComparison.Ordinal)) return null;
        if (value.AsSpan().ContainsAnyExceptInRange('\0', '\x7f')) value = RawBytes(value);
        return value.Contains('%', StringComparison.Ordinal) ? Percent(value) ?? value : value;
    }

    /// <summary>Bytes that were sent raw: UTF-8 when they are, else Latin-1 as they were decoded.</summary>
    private static string RawBytes(string value)
    {
        if (value.AsSpan().ContainsAnyExceptInRange('\0', 'ÿ')) return value;
        return ExtendedValue.Utf8(Encoding.Latin1.GetBytes(value)) ?? value;
    }

    /// <summary>
    /// A plain name that was percent-encoded, as many servers do for names beyond ASCII: undone only where all of it is escapes that hold
    /// together and some of it is beyond ASCII. <c>100%.txt</c> and <c>a%41.txt</c> are names (RFC 6266 §4.3, appendix C.2).
    /// </summary>
    private static string? Percent(string value)
    {
        byte[]? bytes = ExtendedValue.Unescape(value);
        return bytes is null || !bytes.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)0x7f) ? null : ExtendedValue.Utf8(bytes);
    }
}
