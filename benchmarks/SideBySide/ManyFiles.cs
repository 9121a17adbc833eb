using System.Globalization;

namespace ProtocolClients.SideBySide;

/// <summary>1,000 files of 100 KiB from a list: curl --parallel, wget2, aria2c and pcl, each 16 at a time.</summary>
internal static class ManyFiles
{
    private const int Files = 1000;
    private const int Length = 100 * 1024;

    public static async Task RunAsync(string root, int rounds)
    {
        string shared = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        string folder = Path.Combine(shared, "side-by-side-" + Environment.ProcessId);
        string source = Path.Combine(folder, "source");
        string target = Path.Combine(folder, "target");
        Directory.CreateDirectory(source);
        try
        {
            var random = new Random(20);
            byte[] block = new byte[Length];
            for (int i = 0; i < Files; i++)
            {
                random.NextBytes(block);
                await File.WriteAllBytesAsync(Path.Combine(source, Name(i)), block);
            }

            await using Nginx nginx = await Nginx.StartAsync(source);
            string list = Path.Combine(folder, "list.txt");
            await File.WriteAllLinesAsync(list, Enumerable.Range(0, Files).Select(i => nginx.Url + Name(i)));
            string config = Path.Combine(folder, "curl.txt");
            await File.WriteAllLinesAsync(config, Enumerable.Range(0, Files).Select(i => $"url = \"{nginx.Url}{Name(i)}\"\noutput = \"{target}/{Name(i)}\""));
            string native = await Publish.NativePclAsync(root);
            string pcl = await Publish.PclAsync(root);

            Peer Make(string name, string command, params string[] arguments) => new(name, async () =>
            {
                if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
                Directory.CreateDirectory(target);
                Measured measured = await Measured.RunAsync(command, arguments);
                await VerifyAsync(name, source, target);
                return measured;
            });

            Peer curl = Make("curl --parallel", "curl", "-sS", "--parallel", "--parallel-max", "16", "-K", config);
            Peer[] peers =
            [
                curl,
                Make("pcl get --parallel 16, native", native, "get", "-q", "--parallel", "16", "-d", target, "--input", list),
                Make("pcl get --parallel 16, framework-dependent", pcl, "get", "-q", "--parallel", "16", "-d", target, "--input", list),
                Make("wget2", "wget2", "-q", "--max-threads=16", "-P", target, "-i", list),
                Make("aria2c -j16", "aria2c", "-q", "-j16", "-d", target, "-i", list),
            ];
            await Peer.InterleaveAsync(peers, rounds);
            Results.Write(root, "1,000 files of 100 KiB", string.Create(CultureInfo.InvariantCulture, $"dotnet run -c Release --project benchmarks/SideBySide -- files {rounds}"),
                $"From nginx over loopback, 16 at a time, sources and targets in memory; whole processes; every file compared with its source.\n\n{Results.Table(peers, curl, (double)Files * Length / (1 << 20))}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"file-{number:D4}.bin");

    private static async Task VerifyAsync(string name, string source, string target)
    {
        for (int i = 0; i < Files; i++)
        {
            byte[] expected = await File.ReadAllBytesAsync(Path.Combine(source, Name(i)));
            byte[] actual = await File.ReadAllBytesAsync(Path.Combine(target, Name(i)));
            if (!actual.AsSpan().SequenceEqual(expected)) throw new InvalidOperationException($"{name}: {Name(i)} differs from its source.");
        }
    }
}
