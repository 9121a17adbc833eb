using System.Globalization;
using System.Text;

namespace ProtocolClients.Tool;

/// <summary>
/// Several URLs written as one, as curl reads them: <c>{a,b}</c>, <c>[1-9]</c>, <c>[01-20:2]</c>, <c>[a-z]</c>; a backslash takes the
/// meaning from a bracket, and an IPv6 address in brackets has none.
/// </summary>
internal static class UrlGlob
{
    private const int MaxUrls = 100_000;
    private const int MaxSets = 10;

    /// <summary>The URLs in order, the last set turning fastest, each with what its sets gave.</summary>
    /// <exception cref="UsageException">A bracket is not closed, a range is none, or there are more than 100,000 URLs.</exception>
    public static List<(string Url, string[] Values)> Expand(string pattern)
    {
        var literals = new List<string>();
        var sets = new List<List<string>>();
        Read(pattern, literals, sets);
        long count = 1;
        foreach (List<string> set in sets)
        {
            count *= set.Count;
            if (count > MaxUrls) throw Wrong($"it stands for more than {MaxUrls} URLs");
        }

        var urls = new List<(string, string[])>((int)count);
        for (long number = 0; number < count; number++)
        {
            string[] values = new string[sets.Count];
            long rest = number;
            for (int i = sets.Count - 1; i >= 0; i--)
            {
                values[i] = sets[i][(int)(rest % sets[i].Count)];
                rest /= sets[i].Count;
            }

            var url = new StringBuilder(literals[0]);
            for (int i = 0; i < sets.Count; i++) url.Append(values[i]).Append(literals[i + 1]);
            urls.Add((url.ToString(), values));
        }

        return urls;
    }

    /// <summary>A file name with <c>#1</c>, <c>#2</c> … replaced by what the URL's sets gave.</summary>
    public static string Fill(string template, string[] values)
    {
        var name = new StringBuilder(template.Length);
        for (int i = 0; i < template.Length; i++)
        {
            if (template[i] == '#' && i + 1 < template.Length && template[i + 1] is >= '1' and <= '9' && template[i + 1] - '1' < values.Length) name.Append(values[template[++i] - '1']);
            else name.Append(template[i]);
        }

        return name.ToString();
    }

    private static void Read(string pattern, List<string> literals, List<List<string>> sets)
    {
        var literal = new StringBuilder();
        int at = 0;
        while (at < pattern.Length)
        {
            char c = pattern[at];
            if (c == '\\' && at + 1 < pattern.Length && pattern[at + 1] is '[' or ']' or '{' or '}')
            {
                literal.Append(pattern[at + 1]);
                at += 2;
                continue;
            }

            if (c == '[' && AddressEnd(pattern, at) is { } end)
            {
                literal.Append(pattern, at, end - at);
                at = end;
                continue;
            }

            if (c is ']' or '}') throw Wrong($"a '{c}' closes nothing");
            if (c is not ('[' or '{'))
            {
                literal.Append(c);
                at++;
                continue;
            }

            if (sets.Count == MaxSets) throw Wrong($"it has more than {MaxSets} sets");
            literals.Add(literal.ToString());
            literal.Clear();
            int close = pattern.IndexOf(c == '[' ? ']' : '}', at);
            if (close < 0) throw Wrong($"a '{c}' is not closed");
            string inner = pattern[(at + 1)..close];
            sets.Add(c == '[' ? Range(inner) : Choice(inner));
            at = close + 1;
        }

        literals.Add(literal.ToString());
    }

    private static List<string> Choice(string inner)
    {
        string[] parts = inner.Split(',');
        if (inner.Length == 0 || inner.Contains('{', StringComparison.Ordinal)) throw Wrong("a set in braces is empty or holds another");
        if (parts.Length > MaxUrls) throw Wrong($"it stands for more than {MaxUrls} URLs");
        return [.. parts];
    }

    private static List<string> Range(string inner)
    {
        int dash = inner.IndexOf('-', StringComparison.Ordinal);
        int colon = inner.IndexOf(':', StringComparison.Ordinal);
        if (dash <= 0 || (colon >= 0 && colon < dash)) throw Wrong("a range is written [1-9] or [a-z]");
        string first = inner[..dash];
        string last = colon < 0 ? inner[(dash + 1)..] : inner[(dash + 1)..colon];
        int step = 1;
        if (colon >= 0 && (!int.TryParse(inner[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out step) || step == 0))
            throw Wrong("the step of a range is a number from 1");
        var values = new List<string>();
        if (first.Length == 1 && last.Length == 1 && char.IsAsciiLetter(first[0]) && char.IsAsciiLetterLower(first[0]) == char.IsAsciiLetterLower(last[0])
            && char.IsAsciiLetter(last[0]) && first[0] <= last[0])
        {
            for (int letter = first[0]; letter <= last[0]; letter += step) values.Add(((char)letter).ToString());
            return values;
        }

        if (!long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out long from)
            || !long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out long to) || from > to || to > long.MaxValue / 2)
        {
            throw Wrong("a range is written [1-9] or [a-z], the smaller end first");
        }

        if ((to - from) / step >= MaxUrls) throw Wrong($"it stands for more than {MaxUrls} URLs");
        // [001-100] keeps its width.
        string format = first.Length > 1 && first[0] == '0' ? "D" + first.Length.ToString(CultureInfo.InvariantCulture) : "D";
        for (long number = from; number <= to; number += step) values.Add(number.ToString(format, CultureInfo.InvariantCulture));
        return values;
    }

    /// <summary>Where an IPv6 address in brackets ends, when one begins here: a host, so after the slashes or the userinfo.</summary>
    private static int? AddressEnd(string pattern, int at)
    {
        int close = pattern.IndexOf(']', at);
        if (close < 0 || at == 0 || pattern[at - 1] is not ('/' or '@')) return null;
        ReadOnlySpan<char> inner = pattern.AsSpan(at + 1, close - at - 1);
        int zone = inner.IndexOf('%');
        if (zone >= 0) inner = inner[..zone];
        return inner.Contains(':') && System.Net.IPAddress.TryParse(inner, out _) ? close + 1 : null;
    }

    private static UsageException Wrong(string what) => new($"The URL is no pattern: {what}; --no-glob takes brackets and braces as they are.");
}
