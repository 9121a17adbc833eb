using System.Security.Cryptography;

namespace ProtocolClients.SideBySide;

/// <summary>One large file from nginx over loopback to a file: curl, Python's urllib, and pcl.</summary>
internal static class Download
{
    public static async Task RunAsync(string root, long mebibytes, int rounds)
    {
        // Memory-backed where there is any: the comparison is of clients, not of disks.
        string shared = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        string folder = Path.Combine(shared, "side-by-side-" + Environment.ProcessId);
        Directory.CreateDirectory(folder);
        try
        {
            string source = Path.Combine(folder, "source.bin");
            string expected = await GenerateAsync(source, mebibytes);
            await using Nginx nginx = await Nginx.StartAsync(folder);
            string url = nginx.Url + "source.bin";
            string target = Path.Combine(folder, "target.bin");
            string native = await Publish.NativePclAsync(root);
            string pcl = await Publish.PclAsync(root);

            Peer Make(string name, string command, params string[] arguments) => new(name, async () =>
            {
                File.Delete(target);
                Measured measured = await Measured.RunAsync(command, arguments);
                await VerifyAsync(name, target, expected);
                return measured;
            });

            Peer curl = Make("curl", "curl", "-sS", "-o", target, url);
            Peer[] peers =
            [
                curl,
                Make("pcl get, native", native, "get", "-q", "-o", target, url),
                Make("pcl get, framework-dependent", pcl, "get", "-q", "-o", target, url),
                Make("python urllib", "python3", "-c",
                    "import shutil, sys, urllib.request\nwith urllib.request.urlopen(sys.argv[1]) as r, open(sys.argv[2], 'wb') as f: shutil.copyfileobj(r, f)",
                    url, target),
            ];
            await Peer.InterleaveAsync(peers, rounds);
            string size = mebibytes % 1024 == 0 ? $"{mebibytes / 1024} GiB" : $"{mebibytes} MiB";
            Results.Write(root, $"Download of {size} over HTTP to a file", $"dotnet run -c Release --project benchmarks/SideBySide -- download {mebibytes} {rounds}",
                $"From nginx (sendfile) over loopback, one connection, both files in memory; whole processes; every result's SHA-256 equal to the source's.\n\n{Results.Table(peers, curl, mebibytes)}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static async Task<string> GenerateAsync(string path, long mebibytes)
    {
        // Random data, not zeros: nothing on the way may be clever about it.
        byte[] block = new byte[1 << 20];
        var random = new Random(20);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using FileStream file = File.Create(path);
        for (long i = 0; i < mebibytes; i++)
        {
            random.NextBytes(block);
            hash.AppendData(block);
            await file.WriteAsync(block);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    public static async Task VerifyAsync(string name, string path, string expected)
    {
        await using FileStream file = File.OpenRead(path);
        string actual = Convert.ToHexString(await SHA256.HashDataAsync(file));
        if (actual != expected) throw new InvalidOperationException($"{name}: the file's SHA-256 is {actual}, not {expected}.");
    }
}
