using System.Globalization;
using System.Text;

namespace ProtocolClients;

/// <summary>What is left of a quota, as a server's <c>RateLimit</c> field says (draft-ietf-httpapi-ratelimit-headers).</summary>
/// <param name="Policy">The name of the policy that it is of.</param>
/// <param name="Remaining">How many units are left; 0 for none.</param>
/// <param name="Reset">After how long there are more; null when the server does not say.</param>
public sealed record HttpRateLimit(string Policy, long Remaining, TimeSpan? Reset);

/// <summary>A quota that a server's <c>RateLimit-Policy</c> field tells (draft-ietf-httpapi-ratelimit-headers).</summary>
/// <param name="Name">Its name.</param>
/// <param name="Quota">How many units there are in a window.</param>
/// <param name="Window">The window; null when the server does not say.</param>
public sealed record HttpRatePolicy(string Name, long Quota, TimeSpan? Window);

/// <summary>Reads the two fields: lists of strings with parameters (RFC 9651 §3.1). One that is broken anywhere is ignored as a whole (§4.2).</summary>
internal static class RateLimitField
{
    private const int MaxItems = 64;
    private const int MaxDigits = 15;

    // RateLimit = sf-list of sf-string with r (what is left), t (seconds until there is more), pk (whose)
    public static ValueList<HttpRateLimit> Limits(string? field) =>
        [.. Items(field).Where(static item => item.Numbers.ContainsKey("r")).Select(static item => new HttpRateLimit(item.Name, item.Numbers["r"], Seconds(item, "t")))];

    // RateLimit-Policy = sf-list of sf-string with q (the quota), w (the window in seconds), qu (its unit), pk (whose)
    public static ValueList<HttpRatePolicy> Policies(string? field) =>
        [.. Items(field).Where(static item => item.Numbers.ContainsKey("q")).Select(static item => new HttpRatePolicy(item.Name, item.Numbers["q"], Seconds(item, "w")))];

    /// <summary>How long nothing is to be had; null when there is something left, or nobody knows for how long there is not.</summary>
    public static TimeSpan? Exhausted(string? field)
    {
        TimeSpan? longest = null;
        foreach (HttpRateLimit limit in Limits(field))
        {
            if (limit.Remaining == 0 && limit.Reset is { } reset && (longest is null || reset > longest)) longest = reset;
        }

        return longest;
    }

    private static TimeSpan? Seconds(Item item, string name) =>
        item.Numbers.TryGetValue(name, out long seconds) ? TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue)) : null;

    private static List<Item> Items(string? field)
    {
        var items = new List<Item>();
        if (field is null) return items;
        int at = 0;
        Skip(field, ref at);
        while (at < field.Length)
        {
            if (items.Count == MaxItems || Read(field, ref at) is not { } item) return [];
            items.Add(item);
            Skip(field, ref at);
            if (at == field.Length) break;
            if (field[at++] != ',') return [];
            Skip(field, ref at);
            if (at == field.Length) return [];
        }

        return items;
    }

    // sf-item = ( sf-string / sf-token ) *( ";" *SP key [ "=" bare-item ] ); none of the parameters is negative
    private static Item? Read(string field, ref int at)
    {
        string? name = field[at] == '"' ? Quoted(field, ref at) : Word(field, ref at);
        if (string.IsNullOrEmpty(name)) return null;
        var numbers = new Dictionary<string, long>(StringComparer.Ordinal);
        while (at < field.Length && field[at] == ';')
        {
            at++;
            while (at < field.Length && field[at] == ' ') at++;
            string key = Word(field, ref at);
            if (key.Length == 0) return null;
            if (at >= field.Length || field[at] != '=') continue;
            at++;
            if (at >= field.Length) return null;
            if (field[at] == '"')
            {
                if (Quoted(field, ref at) is null) return null;
                continue;
            }

            // Numbers, tokens, bytes between colons and booleans: of those only whole numbers say something here.
            int start = at;
            while (at < field.Length && field[at] is not (';' or ',' or ' ' or '\t' or '"')) at++;
            ReadOnlySpan<char> value = field.AsSpan(start, at - start);
            if (value.IsEmpty) return null;
            if (value.Length <= MaxDigits && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number)) numbers[key] = number;
            else if (key is "r" or "t" or "q" or "w") return null;
        }

        return new Item(name, numbers);
    }

    private static string? Quoted(string field, ref int at)
    {
        var text = new StringBuilder();
        for (at++; at < field.Length; at++)
        {
            if (field[at] == '"')
            {
                at++;
                return text.ToString();
            }

            if (field[at] == '\\' && ++at == field.Length) return null;
            if (field[at] is < ' ' or > '~') return null;
            text.Append(field[at]);
        }

        return null;
    }

    private static string Word(string field, ref int at)
    {
        int start = at;
        while (at < field.Length && (char.IsAsciiLetterOrDigit(field[at]) || field[at] is '_' or '-' or '.' or '*')) at++;
        return field[start..at];
    }

    private static void Skip(string field, ref int at)
    {
        while (at < field.Length && (field[at] is ' ' or '\t')) at++;
    }

    private readonly record struct Item(string Name, Dictionary<string, long> Numbers);
}
