using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;

namespace ProtocolClients.SideBySide;

/// <summary>Cookie look-ups in process: 1,000 domains with 20 cookies each, one header a look-up, against the platform's CookieContainer.</summary>
internal static class Cookies
{
    private const int Domains = 1000;
    private const int PerDomain = 20;

    public static void Run(string root, int lookups, int rounds)
    {
        var urls = new Uri[Domains];
        for (int i = 0; i < Domains; i++) urls[i] = new Uri(string.Create(CultureInfo.InvariantCulture, $"https://www.d{i}.example/a/b/page"));
        Contender[] peers =
        [
            new("ProtocolClients CookieJar", Jar(urls)),
            new("System.Net.CookieContainer", Container(urls)),
        ];

        // Both give the same cookies, or there is nothing to compare.
        foreach (Uri url in urls)
        {
            string[][] headers = [.. peers.Select(peer => (peer.HeaderFor(url) ?? "").Split("; ").Order(StringComparer.Ordinal).ToArray())];
            if (headers[0].Length != PerDomain || !headers[0].SequenceEqual(headers[1], StringComparer.Ordinal))
                throw new InvalidOperationException($"The headers differ: {headers[0].Length} and {headers[1].Length} cookies.");
        }

        int[] order = Order(lookups);
        for (int round = -1; round < rounds; round++)
        {
            for (int i = 0; i < peers.Length; i++) peers[(i + round + peers.Length) % peers.Length].Run(urls, order, counted: round >= 0);
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{lookups:N0} look-ups in process, one task, over {Domains:N0} domains with {PerDomain} cookies each ");
        text.Append("(half of them of the host, half of its domain; three paths), all of them sent.\n\n");
        text.Append("| peer | look-ups/s | min–max | B a look-up | rate × CookieContainer | bytes × CookieContainer |\n|---|---|---|---|---|---|\n");
        Contender baseline = peers[^1];
        foreach (Contender peer in peers)
        {
            double ratio = Peer.Median(peer.Seconds.Zip(baseline.Seconds, (mine, other) => other / mine));
            text.Append(CultureInfo.InvariantCulture, $"| {peer.Name} | {lookups / Peer.Median(peer.Seconds):N0} | ");
            text.Append(CultureInfo.InvariantCulture, $"{lookups / peer.Seconds.Max():N0}–{lookups / peer.Seconds.Min():N0} n={peer.Seconds.Count} | ");
            text.Append(CultureInfo.InvariantCulture, $"{Peer.Median(peer.Bytes):N0} | {ratio:F2} | {Peer.Median(peer.Bytes) / Peer.Median(baseline.Bytes):F2} |\n");
        }

        string command = string.Create(CultureInfo.InvariantCulture, $"dotnet run -c Release --project benchmarks/SideBySide -- cookies {lookups} {rounds}");
        Results.Write(root, "Cookie look-ups", command, text.ToString());
    }

    private static IEnumerable<(Uri Url, string Field)> Fields(Uri[] urls)
    {
        string[] paths = ["/", "/a", "/a/b"];
        for (int i = 0; i < urls.Length; i++)
        {
            for (int c = 0; c < PerDomain; c++)
            {
                string domain = c % 2 == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"; Domain=d{i}.example");
                yield return (urls[i], string.Create(CultureInfo.InvariantCulture, $"name{c:D2}=value{i:D4}{c:D2}; Path={paths[c % 3]}{domain}"));
            }
        }
    }

    private static Func<Uri, string?> Jar(Uri[] urls)
    {
        var jar = new CookieJar(CookiePolicy.Default with { Total = Domains * PerDomain });
        foreach ((Uri url, string field) in Fields(urls)) jar.Add(url, field);
        return url => jar.HeaderFor(url);
    }

    private static Func<Uri, string?> Container(Uri[] urls)
    {
        var container = new CookieContainer(Domains * PerDomain * 2, PerDomain * 2, 4096);
        foreach ((Uri url, string field) in Fields(urls)) container.SetCookies(url, field);
        return container.GetCookieHeader;
    }

    private static int[] Order(int lookups)
    {
        var random = new Random(1);
        int[] order = new int[lookups];
        for (int i = 0; i < lookups; i++) order[i] = random.Next(Domains);
        return order;
    }

    private sealed class Contender(string name, Func<Uri, string?> headerFor)
    {
        public string Name => name;

        public List<double> Seconds { get; } = [];

        public List<double> Bytes { get; } = [];

        public string? HeaderFor(Uri url) => headerFor(url);

        public void Run(Uri[] urls, int[] order, bool counted)
        {
            GC.Collect();
            long bytes = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            int length = 0;
            foreach (int at in order) length += headerFor(urls[at])!.Length;
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
            if (length == 0) throw new InvalidOperationException("Nothing was found.");
            if (!counted) return;
            Seconds.Add(seconds);
            Bytes.Add((double)bytes / order.Length);
        }
    }
}
