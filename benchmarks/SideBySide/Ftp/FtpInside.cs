using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace ProtocolClients.SideBySide;

/// <summary>
/// What a child of this program does for one comparison of FTP: it logs in, does something small first, then measures itself, so that
/// processor time and memory are of the work alone. Prints the line that <see cref="Measured.RunInsideAsync(string, string[])"/> reads.
/// </summary>
internal static class FtpInside
{
    // On two processors that the server needs too, what ran hot is compiled in the background after about this long.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);

    public static async Task RunAsync(string[] words)
    {
        string url = words[1];
        string[] more = words[2..];
        switch (words[0])
        {
            case "get":
                await using (FtpClient ftp = Client(url, more.ElementAtOrDefault(2)))
                {
                    await ftp.DownloadAsync(Small(0), more[1] + ".small");
                    File.Delete(more[1] + ".small");
                    await MeasureAsync(() => ftp.DownloadAsync(more[0], more[1], new() { WhenExists = ExistingFile.Overwrite }));
                }

                break;
            case "put":
                await using (FtpClient ftp = Client(url, more.ElementAtOrDefault(2)))
                {
                    await File.WriteAllBytesAsync(more[0] + ".small", new byte[1024]);
                    await ftp.UploadAsync(more[0] + ".small", more[1] + ".small", new() { WhenExists = ExistingFile.Overwrite });
                    File.Delete(more[0] + ".small");
                    await MeasureAsync(() => ftp.UploadAsync(more[0], more[1], new() { WhenExists = ExistingFile.Overwrite }));
                }

                break;
            case "bare-get":
            case "bare-put":
                await using (BareTls bare = await BareTls.LogInAsync(new Uri(url), more[2]))
                {
                    if (words[0] == "bare-get") await MeasureAsync(() => bare.GetAsync(more[0], more[1]));
                    else await MeasureAsync(() => bare.PutAsync(more[0], more[1]));
                }

                break;
            case "files":
                await using (FtpClient ftp = Client(url, null, int.Parse(more[1], CultureInfo.InvariantCulture)))
                {
                    int count = int.Parse(more[0], CultureInfo.InvariantCulture);
                    int parallel = int.Parse(more[1], CultureInfo.InvariantCulture);
                    await WarmAsync(() => FilesAsync(ftp, count / 4, parallel));
                    await MeasureAsync(() => FilesAsync(ftp, count, parallel));
                }

                break;
            case "list":
                await using (FtpClient ftp = Client(url, null))
                {
                    await WarmAsync(() => ListAsync(ftp));
                    await MeasureAsync(async () =>
                    {
                        for (int i = 0; i < int.Parse(more[0], CultureInfo.InvariantCulture); i++) await ListAsync(ftp);
                    });
                }

                break;
            default:
                throw new ArgumentException("No such part: " + words[0], nameof(words));
        }
    }

    public static string Small(int number) => string.Create(CultureInfo.InvariantCulture, $"many/{number:D4}.bin");

    private static FtpClient Client(string url, string? certificate, int connections = 1)
    {
        TransportOptions transport = new() { Proxy = ProxyOptions.None };
        if (certificate is not null)
            transport = transport with { Tls = TlsOptions.Default with { Mode = TlsMode.StartTls, Roots = [X509CertificateLoader.LoadCertificateFromFile(certificate)] } };
        return new FtpClient(url, new() { MaxConnections = connections, Transport = transport });
    }

    private static async Task FilesAsync(FtpClient ftp, int count, int parallel)
    {
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, parallel).Select(async _ =>
        {
            for (int number; (number = Interlocked.Increment(ref next)) < count;)
            {
                if ((await ftp.ReadBytesAsync(Small(number))).Length != 1024) throw new InvalidOperationException("not 1 KiB");
            }
        }));
    }

    private static async Task ListAsync(FtpClient ftp)
    {
        int count = 0;
        await foreach (FtpEntry entry in ftp.ListAsync("/list"))
        {
            // All that ftplib has parsed when it gives an entry.
            if (entry.Kind == FtpEntryKind.File && entry.Size is not null && entry.Modified is not null && entry.Name.Length > 0) count++;
        }

        if (count != 50_000) throw new InvalidOperationException($"{count} entries");
    }

    private static async Task WarmAsync(Func<Task> work)
    {
        long start = Stopwatch.GetTimestamp();
        do await work();
        while (Stopwatch.GetElapsedTime(start) < WarmUp);
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        await work();
    }

    private static async Task MeasureAsync(Func<Task> work)
    {
        GC.Collect();
        using Process self = Process.GetCurrentProcess();
        TimeSpan cpu = self.TotalProcessorTime;
        long bytes = GC.GetTotalAllocatedBytes(precise: true);
        long start = Stopwatch.GetTimestamp();
        await work();
        double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
        bytes = GC.GetTotalAllocatedBytes(precise: true) - bytes;
        self.Refresh();
        cpu = self.TotalProcessorTime - cpu;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{wall:F6} {cpu.TotalSeconds:F6} {self.PeakWorkingSet64 / 1024} {bytes}"));
    }
}
