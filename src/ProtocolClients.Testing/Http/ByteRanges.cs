using System.Globalization;

namespace ProtocolClients.Testing;

/// <summary>The Range header field as a server reads it (RFC 9110 §14.1.1, §14.2).</summary>
internal static class ByteRanges
{
    // Answering thousands of ranges is an amplifier (CVE-2011-3192); a server may ignore the field instead.
    private const int Most = 64;

    /// <summary>The ranges that overlap a content; null when the field is to be ignored; empty when none is satisfiable.</summary>
    public static IReadOnlyList<(long First, long Length)>? Parse(string field, long length)
    {
        const string unit = "bytes=";
        if (!field.StartsWith(unit, StringComparison.OrdinalIgnoreCase)) return null;
        string[] specs = field[unit.Length..].Split(',');
        if (specs.Length > Most) return null;
        var ranges = new List<(long, long)>(specs.Length);
        foreach (string each in specs)
        {
            string spec = each.Trim(' ', '\t');
            if (spec.Length == 0) continue;
            int dash = spec.IndexOf('-', StringComparison.Ordinal);
            if (dash < 0) return null;
            long? first = Number(spec[..dash]);
            long? last = Number(spec[(dash + 1)..]);
            if ((dash > 0 && first is null) || (dash < spec.Length - 1 && last is null) || (first is null && last is null)) return null;
            if (first is null)
            {
                long suffix = Math.Min(last!.Value, length);
                if (suffix > 0) ranges.Add((length - suffix, suffix));
            }
            else
            {
                if (last < first) return null;
                long end = Math.Min(last ?? long.MaxValue, length - 1);
                if (first < length) ranges.Add((first.Value, end - first.Value + 1));
            }
        }

        return ranges;
    }

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;
}
