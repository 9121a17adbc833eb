using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ProtocolClients;

/// <summary>What may stand in a request's head, and what stands in a response's.</summary>
internal static class HttpText
{
    // token = 1*tchar   (RFC 9110 §5.6.2)
    private static readonly SearchValues<char> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && text.IndexOfAnyExcept(Token) < 0;

    /// <summary>Refuses what would end a header line early or start another (CVE-2019-9740 and its kin): never rewritten, never sent.</summary>
    public static void RequireField(string name, string value, string parameter)
    {
        if (!IsToken(name)) throw new ArgumentException("A header's name is a token (RFC 9110 §5.6.2).", parameter);
        // field-value = VCHAR, obs-text, SP, HTAB   (RFC 9110 §5.5)
        foreach (char c in value)
        {
            if (char.IsControl(c) && c != '\t') throw new ArgumentException($"The value of the header {name} has a control character.", parameter);
        }

        // Beside the length that the handler writes, another coding is two messages to two readers (RFC 9112 §6.1).
        if (name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase) && !value.AsSpan().Trim().Equals("chunked", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException("The only transfer coding of a request is chunked.", parameter);
        }
    }

    /// <summary>The wait that a server asks for: seconds or a date (RFC 9110 §10.2.3); null for none, zero for the past.</summary>
    public static TimeSpan? RetryAfter(string? value, TimeProvider time)
    {
        if (value is null) return null;
        value = value.Trim();
        if (TrySeconds(value, out TimeSpan seconds)) return seconds;
        if (!TryDate(value, out DateTimeOffset date)) return null;
        TimeSpan wait = date - time.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    // delta-seconds = 1*DIGIT   (RFC 9111 §1.2.2)
    /// <summary>A number of seconds; more than a number holds are very many, and not none.</summary>
    public static bool TrySeconds(ReadOnlySpan<char> text, out TimeSpan seconds)
    {
        seconds = default;
        if (text.IsEmpty || text.ContainsAnyExceptInRange('0', '9')) return false;
        seconds = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number < TimeSpan.MaxValue.TotalSeconds - 1
            ? TimeSpan.FromSeconds(number)
            : TimeSpan.MaxValue;
        return true;
    }

    /// <summary>
    /// An HTTP date (RFC 9110 §5.6.7) in one of its three forms; the one that is sent today by its bytes: the reader of text compares names with
    /// the rules of a language, and loading those takes 5 ms.
    /// </summary>
    public static bool TryDate(string? value, out DateTimeOffset date)
    {
        Span<byte> fixdate = stackalloc byte[29];
        if (value?.Length == fixdate.Length && Encoding.ASCII.TryGetBytes(value, fixdate, out _)
            && Utf8Parser.TryParse(fixdate, out date, out int used, 'R') && used == fixdate.Length)
        {
            return true;
        }

        return DateTimeOffset.TryParseExact(
            value,
            ["r", "dddd, dd-MMM-yy HH:mm:ss 'GMT'", "ddd MMM d HH:mm:ss yyyy"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowInnerWhite,
            out date);
    }

    /// <summary>The type of a Content-Type field, without its parameters and in lower case; null when there is none.</summary>
    public static string? MediaType(string? field) => field?.Split(';', 2)[0].Trim().ToLowerInvariant() is { Length: > 0 } type ? type : null;

    /// <summary>A parameter of a media type or disposition, unquoted; null when it is not there.</summary>
    public static string? Parameter(string? field, string name)
    {
        if (field?.Contains(';', StringComparison.Ordinal) != true) return null;
        foreach (string part in SplitOutsideQuotes(field, ';').Skip(1))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !part.AsSpan(0, equals).Trim().Equals(name, StringComparison.OrdinalIgnoreCase)) continue;
            string value = part[(equals + 1)..].Trim();
            if (value.Length >= 2 && value[0] == '"' && value[^1] == '"') value = value[1..^1].Replace("\\", string.Empty, StringComparison.Ordinal);
            return value;
        }

        return null;
    }

    private static IEnumerable<string> SplitOutsideQuotes(string text, char separator)
    {
        int start = 0;
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && quoted) i++;
            else if (text[i] == '"') quoted = !quoted;
            else if (text[i] == separator && !quoted)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }
}
