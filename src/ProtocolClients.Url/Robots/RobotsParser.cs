using System.Buffers;
using System.Globalization;
using System.Text;

namespace ProtocolClients;

/// <summary>Reads a robots.txt (RFC 9309 §2.2), line by line, each byte once.</summary>
internal static class RobotsParser
{
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);
    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    // A delay of a year is a typing error or a joke.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(365);

    public static (Dictionary<string, RobotsGroup> Groups, List<string> Sitemaps) Parse(ReadOnlySpan<byte> bytes)
    {
        var groups = new Dictionary<string, RobotsGroup>(StringComparer.OrdinalIgnoreCase);
        var sitemaps = new List<string>();
        if (bytes.Length > RobotsRules.MaxBytes)
        {
            // Half a rule would be another rule: the line that is cut goes as a whole.
            bytes = bytes[..RobotsRules.MaxBytes];
            int end = bytes.LastIndexOfAny(LineEnds);
            bytes = bytes[..Math.Max(0, end)];
        }

        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        var blocks = new List<RobotsBlock> { new() { IsClosed = true } };
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOfAny(LineEnds);
            ReadOnlySpan<byte> line = end < 0 ? bytes : bytes[..end];
            bytes = end < 0 ? [] : bytes[(end + 1)..];
            int comment = line.IndexOf((byte)'#');
            if (comment >= 0) line = line[..comment];
            int colon = line.IndexOf((byte)':');
            if (colon < 0) continue;
            ReadOnlySpan<byte> key = Trim(line[..colon]);
            ReadOnlySpan<byte> value = Trim(line[(colon + 1)..]);
            RobotsBlock block = blocks[^1];
            if (Is(key, "user-agent"u8))
            {
                // A block is begun by agents, one after another, and ended by the agent after its rules.
                if (block.IsClosed) blocks.Add(block = new RobotsBlock());
                string token = value is [(byte)'*'] or [(byte)'*', (byte)' ' or (byte)'\t', ..] ? "*" : TokenOf(value);
                if (token.Length > 0) GroupOf(groups, token).Join(block);
            }
            else if (Is(key, "allow"u8) || Is(key, "disallow"u8))
            {
                block.IsClosed = true;
                // An empty pattern matches nothing (RFC 9309 §2.2: empty-pattern).
                if (!value.IsEmpty) block.Add(new RobotsPattern(value, Is(key, "allow"u8)));
            }
            else if (Is(key, "crawl-delay"u8))
            {
                if (Delay(value) is { } delay) block.Add(delay);
            }
            else if (Is(key, "request-rate"u8))
            {
                if (Rate(value) is { } rate) block.Add(rate);
            }
            else if (Is(key, "sitemap"u8) && !value.IsEmpty)
            {
                sitemaps.Add(Encoding.UTF8.GetString(value));
            }
        }

        blocks.ForEach(static block => block.Sort());
        return (groups, sitemaps);
    }

    /// <summary>
    /// The product token at the beginning of a text; empty when there is none. The RFC's has letters, hyphens and underscores; digits
    /// are taken too, as the names of real crawlers have them.
    /// </summary>
    public static string TokenOf(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOfAnyExcept(TokenBytes);
        return Encoding.ASCII.GetString(end < 0 ? text : text[..end]);
    }

    private static RobotsGroup GroupOf(Dictionary<string, RobotsGroup> groups, string token)
    {
        if (!groups.TryGetValue(token, out RobotsGroup? group)) groups.Add(token, group = new RobotsGroup());
        return group;
    }

    private static TimeSpan? Delay(ReadOnlySpan<byte> value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
        // Infinity, and what is no number, are numbers to the platform.
        && seconds >= 0 && seconds <= LongestDelay.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : null;

    // "3/15": three requests in fifteen seconds; a unit may follow: s, m, h.
    private static RobotsRequestRate? Rate(ReadOnlySpan<byte> value)
    {
        int slash = value.IndexOf((byte)'/');
        if (slash < 0 || !int.TryParse(Trim(value[..slash]), NumberStyles.None, CultureInfo.InvariantCulture, out int requests) || requests == 0) return null;
        ReadOnlySpan<byte> rest = Trim(value[(slash + 1)..]);
        int end = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        ReadOnlySpan<byte> digits = end < 0 ? rest : rest[..end];
        int unit = (end < 0 ? 's' : rest[end] | 0x20) switch { 's' or ' ' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        if (unit == 0 || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) || seconds == 0) return null;
        TimeSpan period = TimeSpan.FromSeconds((long)seconds * unit);
        return period <= LongestDelay ? new RobotsRequestRate(requests, period) : null;
    }

    private static bool Is(ReadOnlySpan<byte> key, ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(key, name);

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t\0"u8);
}
