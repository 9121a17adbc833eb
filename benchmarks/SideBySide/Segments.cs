namespace ProtocolClients.SideBySide;

/// <summary>A file from a server that gives each connection 8 MiB/s: 8 segments of aria2c and of pcl.</summary>
internal static class Segments
{
    public static async Task RunAsync(string root, long mebibytes, int rounds)
    {
        string shared = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        string folder = Path.Combine(shared, "side-by-side-" + Environment.ProcessId);
        Directory.CreateDirectory(folder);
        try
        {
            string source = Path.Combine(folder, "source.bin");
            string expected = await Download.GenerateAsync(source, mebibytes);
            await using Nginx nginx = await Nginx.StartAsync(folder, "limit_rate 8m;");
            string url = nginx.Url + "source.bin";
            string target = Path.Combine(folder, "target.bin");
            string pcl = await Publish.PclAsync(root);

            Peer Make(string name, string command, params string[] arguments) => new(name, async () =>
            {
                File.Delete(target);
                Measured measured = await Measured.RunAsync(command, arguments);
                await Download.VerifyAsync(name, target, expected);
                return measured;
            });

            Peer aria2 = Make("aria2c -x8 -s8", "aria2c", "-q", "-x8", "-s8", "--allow-overwrite=true", "-d", folder, "-o", "target.bin", url);
            Peer[] peers = [aria2, Make("pcl get --segments 8", pcl, "get", "-q", "--segments", "8", "-o", target, url), Make("curl, one connection", "curl", "-sS", "-o", target, url)];
            await Peer.InterleaveAsync(peers, rounds);
            Results.Write(root, $"Segments: {mebibytes} MiB at 8 MiB/s a connection", $"dotnet run -c Release --project benchmarks/SideBySide -- segments {mebibytes} {rounds}",
                "From nginx with `limit_rate 8m` over loopback, both files in memory; whole processes; every result's SHA-256 equal to the source's.\n"
                + "nginx counts the rate from the start of each request and lets its first second's worth go at once, so that many ranges of a connection are\n"
                + "worth more than one long one; aria2 is run as its users run it.\n\n"
                + Results.Table(peers, aria2, mebibytes));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
