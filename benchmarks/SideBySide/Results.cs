using System.Globalization;
using System.Text;

namespace ProtocolClients.SideBySide;

/// <summary>Writes one comparison into RESULTS.md: each has its own section, replaced by its last run.</summary>
internal static class Results
{
    public static void Write(string root, string title, string command, string body)
    {
        string path = Path.Combine(root, "benchmarks", "RESULTS.md");
        var sections = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (File.Exists(path))
        {
            foreach (string section in File.ReadAllText(path).Split("\n## ").Skip(1))
            {
                int end = section.IndexOf('\n', StringComparison.Ordinal);
                sections[section[..end]] = section[(end + 1)..].Trim('\n');
            }
        }

        string date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        sections[title] = $"`{command}`, {date}, {Environment.ProcessorCount} processors, .NET {Environment.Version}\n\n{body.Trim('\n')}";

        var text = new StringBuilder();
        text.Append("# Results\n\nThe last run of each comparison, written by the runner. Peers run interleaved on one machine, their order\n");
        text.Append("rotated; figures are medians, ratios are medians of same-round ratios. Machines differ: compare within a table only.\n");
        foreach ((string name, string section) in sections) text.Append(CultureInfo.InvariantCulture, $"\n## {name}\n\n{section}\n");
        File.WriteAllText(path, text.ToString());
        Console.WriteLine(sections[title]);
    }

    public static string Table(IReadOnlyList<Peer> peers, Peer baseline, double mebibytes)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"| peer | MiB/s | wall s [min–max] | CPU s | peak RSS MiB | throughput × {baseline.Name} | CPU × {baseline.Name} |\n|---|---|---|---|---|---|---|\n");
        foreach (Peer peer in peers)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| {peer.Name} | {mebibytes / peer.Wall:N0} | {peer.Wall:F2} [{peer.Runs.Min(r => r.Wall):F2}–{peer.Runs.Max(r => r.Wall):F2}] n={peer.Runs.Count} | {peer.Cpu:F2} | {peer.PeakMiB:F0} | {peer.Ratio(baseline, r => 1 / r.Wall):F2} | {peer.Ratio(baseline, r => r.Cpu):F2} |\n");
        }

        return text.ToString();
    }

    /// <summary>A table of peers that each did the same many small things.</summary>
    /// <param name="peers">The peers.</param>
    /// <param name="baseline">The one that the ratios are to.</param>
    /// <param name="unit">What the things are, in the plural.</param>
    /// <param name="count">How many each did.</param>
    public static string Rates(IReadOnlyList<Peer> peers, Peer baseline, string unit, double count)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"| peer | {unit}/s | wall s [min–max] | CPU µs each | bytes allocated each | peak RSS MiB | rate × {baseline.Name} |\n|---|---|---|---|---|---|---|\n");
        foreach (Peer peer in peers)
        {
            string allocated = peer.Runs[0].Allocated is null ? string.Empty
                : (Peer.Median(peer.Runs.Select(run => run.Allocated ?? 0)) / count).ToString("N0", CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture,
                $"| {peer.Name} | {count / peer.Wall:N0} | {peer.Wall:F2} [{peer.Runs.Min(r => r.Wall):F2}–{peer.Runs.Max(r => r.Wall):F2}] n={peer.Runs.Count} | {peer.Cpu / count * 1e6:N1} | {allocated} | {peer.PeakMiB:F0} | {peer.Ratio(baseline, r => 1 / r.Wall):F2} |\n");
        }

        return text.ToString();
    }
}
