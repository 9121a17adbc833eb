using System.Diagnostics;
using System.Globalization;

namespace ProtocolClients.SideBySide;

/// <summary>
/// 20,000 GETs of 1 KiB from nginx, one after the other and 64 at a time: the platform's HttpClient, and HttpSession with cookies,
/// credentials and redirects switched on. Each in a process of its own, warmed up until nothing is compiled any more, rounds interleaved. In one
/// process for all, what ran first decided how the code that they share was compiled, and took a tenth from the others.
/// </summary>
internal static class SmallGets
{
    private const int Requests = 20_000;
    private const int WarmUp = 60_000;

    private static readonly (string Name, string Says)[] Clients =
    [
        ("HttpClient", "GetByteArrayAsync"),
        ("HttpSession", "cookies, credentials and redirects on, none needed"),
        ("HttpSession, used", "each request carries a cookie and Basic credentials"),
    ];

    private sealed record Figures(double Rate, double Bytes, double Cpu);

    public static async Task RunAsync(string root, int rounds)
    {
        string folder = Directory.CreateTempSubdirectory("side-by-side-small-").FullName;
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, "small.bin"), new byte[1024]);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
            await using Nginx nginx = await Nginx.StartAsync(folder);
            string body = "GET of 1 KiB from nginx over loopback on kept-alive connections, whole body read, 20,000 requests a round, each client in a process of its own.\n\n"
                + "| client | at a time | requests/s | bytes allocated a request | CPU µs a request | rate × HttpClient | allocations × HttpClient |\n|---|---|---|---|---|---|---|\n";
            foreach (int parallel in (int[])[1, 64]) body += await CompareAsync(nginx.Url + "small.bin", parallel, rounds);
            body += "\n" + string.Join("\n", Clients.Select(client => $"- {client.Name}: {client.Says}")) + "\n";
            Results.Write(root, "Small GETs", $"dotnet run -c Release --project benchmarks/SideBySide -- small {rounds}", body);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>One client: warms itself up, then does a round for each line that it reads, and prints the round's figures.</summary>
    public static async Task InsideAsync(string url, int client, int parallel)
    {
#pragma warning disable RS0030 // The peer is what is measured.
        using var raw = new HttpClient(new SocketsHttpHandler());
#pragma warning restore RS0030
        await using var session = new HttpSession(new HttpSessionOptions { Credentials = new Credentials("user", "secret"), PreAuthenticate = client == 2 });
        if (client == 2) session.Cookies.Add(url, "session=0123456789abcdef; Path=/");
        Func<Task> one = client == 0 ? async () => _ = await raw.GetByteArrayAsync(new Uri(url)) : () => GetAsync(session, url);
        await ManyAsync(one, WarmUp, parallel);
        // Tiered compilation works in the background, when nothing new was called for a while.
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        await ManyAsync(one, WarmUp, parallel);
        Console.WriteLine("warm");
        while (await Console.In.ReadLineAsync() is not null)
        {
            Figures round = await MeasureAsync(one, parallel);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{round.Rate} {round.Bytes} {round.Cpu}"));
        }
    }

    private static async Task GetAsync(HttpSession session, string url)
    {
        using HttpReply reply = await session.GetAsync(url);
        _ = await reply.ReadBytesAsync();
    }

    private static async Task<string> CompareAsync(string url, int parallel, int rounds)
    {
        Process[] processes = new Process[Clients.Length];
        List<Figures>[] runs = [.. Clients.Select(_ => new List<Figures>())];
        try
        {
            for (int i = 0; i < processes.Length; i++)
            {
                string[] words = [Environment.GetCommandLineArgs()[0], "small-inside", url, i.ToString(CultureInfo.InvariantCulture), parallel.ToString(CultureInfo.InvariantCulture)];
                processes[i] = Process.Start(new ProcessStartInfo("dotnet", words) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
                await ReadAsync(processes[i]);
            }

            for (int round = 0; round < rounds; round++)
            {
                for (int i = 0; i < processes.Length; i++)
                {
                    int which = (i + round) % processes.Length;
                    await processes[which].StandardInput.WriteLineAsync("go");
                    double[] figures = [.. (await ReadAsync(processes[which])).Split(' ').Select(figure => double.Parse(figure, CultureInfo.InvariantCulture))];
                    runs[which].Add(new Figures(figures[0], figures[1], figures[2]));
                    await Console.Error.WriteAsync('.');
                }
            }
        }
        finally
        {
            foreach (Process process in processes.Where(process => process is not null))
            {
                process.Kill();
                process.Dispose();
            }
        }

        await Console.Error.WriteLineAsync();
        return string.Concat(Clients.Select((client, i) => string.Create(CultureInfo.InvariantCulture,
            $"| {client.Name} | {parallel} | {Median(runs[i], f => f.Rate):N0} | {Median(runs[i], f => f.Bytes):N0} | {Median(runs[i], f => f.Cpu):F1} | {Ratio(runs[i], runs[0], f => f.Rate):F2} | {Ratio(runs[i], runs[0], f => f.Bytes):F2} |\n")));
    }

    private static async Task<string> ReadAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("A part of the comparison ended: " + process.StartInfo.Arguments);

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
