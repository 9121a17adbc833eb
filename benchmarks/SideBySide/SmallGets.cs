using System.Diagnostics;
using System.Globalization;

namespace ProtocolClients.SideBySide;

/// <summary>
/// 20,000 GETs of 1 KiB from nginx, one after the other and 64 at a time: the platform's HttpClient, and HttpSession with cookies,
/// credentials and redirects switched on. In one process, warmed up until nothing is compiled any more, rounds interleaved.
/// </summary>
internal static class SmallGets
{
    private const int Requests = 20_000;
    private const int WarmUp = 60_000;

    private sealed record Figures(double Rate, double Bytes, double Cpu);

    private sealed record Client(string Name, string Says, Func<Task> GetAsync);

    public static async Task RunAsync(string root, int rounds)
    {
        string folder = Directory.CreateTempSubdirectory("side-by-side-small-").FullName;
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, "small.bin"), new byte[1024]);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
            await using Nginx nginx = await Nginx.StartAsync(folder);
            string url = nginx.Url + "small.bin";
#pragma warning disable RS0030 // The peer is what is measured.
            using var raw = new HttpClient(new SocketsHttpHandler());
#pragma warning restore RS0030
            await using var idle = new HttpSession(new HttpSessionOptions { Credentials = new Credentials("user", "secret") });
            await using var busy = new HttpSession(new HttpSessionOptions { Credentials = new Credentials("user", "secret"), PreAuthenticate = true });
            busy.Cookies.Add(url, "session=0123456789abcdef; Path=/");
            Client[] clients =
            [
                new("HttpClient", "GetByteArrayAsync", async () => _ = await raw.GetByteArrayAsync(new Uri(url))),
                new("HttpSession", "cookies, credentials and redirects on, none needed", () => GetAsync(idle, url)),
                new("HttpSession, used", "each request carries a cookie and Basic credentials", () => GetAsync(busy, url)),
            ];
            string body = "GET of 1 KiB from nginx over loopback on kept-alive connections, whole body read, 20,000 requests a round, in one process.\n\n"
                + "| client | at a time | requests/s | bytes allocated a request | CPU µs a request | rate × HttpClient | allocations × HttpClient |\n|---|---|---|---|---|---|---|\n";
            foreach (int parallel in (int[])[1, 64]) body += await CompareAsync(clients, parallel, rounds);
            body += "\n" + string.Join("\n", clients.Select(client => $"- {client.Name}: {client.Says}")) + "\n";
            Results.Write(root, "Small GETs", $"dotnet run -c Release --project benchmarks/SideBySide -- small {rounds}", body);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task GetAsync(HttpSession session, string url)
    {
        using HttpReply reply = await session.GetAsync(url);
        _ = await reply.ReadBytesAsync();
    }

    private static async Task<string> CompareAsync(Client[] clients, int parallel, int rounds)
    {
        foreach (Client client in clients) await ManyAsync(client.GetAsync, WarmUp, parallel);
        // Tiered compilation works in the background, when nothing new was called for a while.
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        foreach (Client client in clients) await ManyAsync(client.GetAsync, WarmUp, parallel);

        List<Figures>[] runs = [.. clients.Select(_ => new List<Figures>())];
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < clients.Length; i++)
            {
                int which = (i + round) % clients.Length;
                runs[which].Add(await MeasureAsync(clients[which].GetAsync, parallel));
                await Console.Error.WriteAsync('.');
            }
        }

        await Console.Error.WriteLineAsync();
        return string.Concat(clients.Select((client, i) => string.Create(CultureInfo.InvariantCulture,
            $"| {client.Name} | {parallel} | {Median(runs[i], f => f.Rate):N0} | {Median(runs[i], f => f.Bytes):N0} | {Median(runs[i], f => f.Cpu):F1} | {Ratio(runs[i], runs[0], f => f.Rate):F2} | {Ratio(runs[i], runs[0], f => f.Bytes):F2} |\n")));
    }

    private static async Task<Figures> MeasureAsync(Func<Task> one, int parallel)
    {
        GC.Collect();
        using Process self = Process.GetCurrentProcess();
        TimeSpan cpu = self.TotalProcessorTime;
        long bytes = GC.GetTotalAllocatedBytes(precise: true);
        long start = Stopwatch.GetTimestamp();
        await ManyAsync(one, Requests, parallel);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        bytes = GC.GetTotalAllocatedBytes(precise: true) - bytes;
        self.Refresh();
        return new Figures(Requests / seconds, (double)bytes / Requests, (self.TotalProcessorTime - cpu).TotalMicroseconds / Requests);
    }

    private static async Task ManyAsync(Func<Task> one, int count, int parallel)
    {
        int left = count;
        await Task.WhenAll(Enumerable.Range(0, parallel).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0) await one();
        }));
    }

    private static double Median(List<Figures> runs, Func<Figures, double> figure) => Peer.Median(runs.Select(figure));

    private static double Ratio(List<Figures> runs, List<Figures> baseline, Func<Figures, double> figure) =>
        Peer.Median(runs.Zip(baseline, (a, b) => figure(a) / figure(b)));
}
