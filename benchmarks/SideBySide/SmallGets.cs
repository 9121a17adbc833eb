using System.Diagnostics;
using System.Globalization;

namespace ProtocolClients.SideBySide;

/// <summary>
/// 20,000 GETs of 1 KiB from nginx, one after the other and 64 at a time: the platform's HttpClient, and HttpSession with cookies,
/// credentials and redirects switched on. Each run is a process of its own that warms up first; rate and allocations are its own.
/// </summary>
internal static class SmallGets
{
    private const int Requests = 20_000;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    private sealed record Figures(double Rate, double Bytes, double Cpu);

    public static async Task RunAsync(string root, int rounds)
    {
        string folder = Directory.CreateTempSubdirectory("side-by-side-small-").FullName;
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, "small.bin"), new byte[1024]);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
            await using Nginx nginx = await Nginx.StartAsync(folder);
            string url = nginx.Url + "small.bin";
            var runs = new Dictionary<(string Peer, int Parallel), List<Figures>>();
            (string, int)[] cases = [("httpclient", 1), ("session", 1), ("session-used", 1), ("httpclient", 64), ("session", 64), ("session-used", 64)];
            foreach ((string, int) one in cases) runs[one] = [];
            for (int round = 0; round < rounds; round++)
            {
                for (int i = 0; i < cases.Length; i++)
                {
                    (string peer, int parallel) = cases[(i + round) % cases.Length];
                    runs[(peer, parallel)].Add(await ChildAsync(peer, parallel, url));
                    await Console.Error.WriteAsync('.');
                }
            }

            await Console.Error.WriteLineAsync();
            string body = "GET of 1 KiB from nginx over loopback, kept-alive connections, a process a run, warmed up. `session` has cookies, credentials\n"
                + "and redirects on; `session-used` also sends a cookie and Basic credentials with each request.\n\n"
                + "| peer | at a time | requests/s | bytes allocated a request | CPU µs a request | rate × HttpClient | allocations × HttpClient |\n|---|---|---|---|---|---|---|\n";
            foreach ((string peer, int parallel) in cases)
            {
                List<Figures> mine = runs[(peer, parallel)];
                List<Figures> theirs = runs[("httpclient", parallel)];
                body += string.Create(CultureInfo.InvariantCulture,
                    $"| {peer} | {parallel} | {Median(mine, f => f.Rate):N0} | {Median(mine, f => f.Bytes):N0} | {Median(mine, f => f.Cpu):F1} | {Peer.Median(mine.Zip(theirs, (a, b) => a.Rate / b.Rate)):F2} | {Peer.Median(mine.Zip(theirs, (a, b) => a.Bytes / b.Bytes)):F2} |\n");
            }

            Results.Write(root, "Small GETs", $"dotnet run -c Release --project benchmarks/SideBySide -- small {rounds}", body);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>One run, in this process: prints rate, bytes a request and processor microseconds a request.</summary>
    public static async Task InsideAsync(string peer, int parallel, string url)
    {
        Func<Task> one;
        if (peer == "httpclient")
        {
#pragma warning disable CA2000, RS0030 // It lives as long as the process; the peer is what is measured.
            var client = new HttpClient(new SocketsHttpHandler { UseCookies = false });
#pragma warning restore CA2000, RS0030
            one = async () => _ = await client.GetByteArrayAsync(new Uri(url));
        }
        else
        {
            var options = new HttpSessionOptions { Credentials = new Credentials("user", "secret"), PreAuthenticate = peer == "session-used" };
            var session = new HttpSession(options);
            one = async () =>
            {
                using HttpReply reply = await session.GetAsync(url);
                _ = await reply.ReadBytesAsync();
            };
        }

        long warm = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(warm) < WarmUp) await ManyAsync(one, 1_000, parallel);
        GC.Collect();
        using Process self = Process.GetCurrentProcess();
        TimeSpan cpu = self.TotalProcessorTime;
        long bytes = GC.GetTotalAllocatedBytes(precise: true);
        long start = Stopwatch.GetTimestamp();
        await ManyAsync(one, Requests, parallel);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        bytes = GC.GetTotalAllocatedBytes(precise: true) - bytes;
        self.Refresh();
        cpu = self.TotalProcessorTime - cpu;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Requests / seconds:F1} {(double)bytes / Requests:F1} {cpu.TotalMicroseconds / Requests:F2}"));
    }

    private static async Task ManyAsync(Func<Task> one, int count, int parallel)
    {
        int left = count;
        await Task.WhenAll(Enumerable.Range(0, parallel).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0) await one();
        }));
    }

    private static async Task<Figures> ChildAsync(string peer, int parallel, string url)
    {
        string[] arguments = ["small-inside", peer, parallel.ToString(CultureInfo.InvariantCulture), url];
        using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{peer} failed: {output}");
        double[] figures = [.. output.Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
        return new Figures(figures[0], figures[1], figures[2]);
    }

    private static double Median(List<Figures> runs, Func<Figures, double> figure) => Peer.Median(runs.Select(figure));
}
