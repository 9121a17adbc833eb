using System.Globalization;

namespace ProtocolClients.SideBySide;

/// <summary>A file of 1 KiB from nginx, from the process's start to its end: what a script pays for each call.</summary>
internal static class StartUp
{
    public static async Task RunAsync(string root, int rounds)
    {
        string folder = Directory.CreateTempSubdirectory("side-by-side-start-").FullName;
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, "small.bin"), new byte[1024]);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
            string target = Path.Combine(folder, "target.bin");
            string trimmedPcl = await Publish.TrimmedPclAsync(root);
            string trimmedTen = await Publish.TrimmedTenLinesAsync(root);
            string nativePcl = await Publish.NativePclAsync(root);
            string nativeTen = await Publish.NativeTenLinesAsync(root);
            string pcl = await Publish.PclAsync(root);
            string ten = await Publish.TenLinesAsync(root);
            await using Nginx nginx = await Nginx.StartAsync(folder);
            string url = nginx.Url + "small.bin";

            Peer Make(string name, string command, params string[] arguments) => new(name, async () =>
            {
                File.Delete(target);
                Measured measured = await Measured.RunAsync(command, arguments);
                if (new FileInfo(target).Length != 1024) throw new InvalidOperationException($"{name}: the file is not whole.");
                return measured;
            });

            Peer baseline = Make("ten lines, trimmed", trimmedTen, url, target);
            Peer dependent = Make("ten lines, framework-dependent", ten, url, target);
            Peer[] peers =
            [
                baseline,
                Make("pcl get, native", nativePcl, "get", "-q", "-o", target, url),
                Make("ten lines, native", nativeTen, url, target),
                Make("pcl get, trimmed", trimmedPcl, "get", "-q", "-o", target, url),
                dependent,
                Make("pcl get, framework-dependent", pcl, "get", "-q", "-o", target, url),
                Make("curl", "curl", "-sS", "-o", target, url),
                Make("python urllib", "python3", "-c",
                    "import shutil, sys, urllib.request\nwith urllib.request.urlopen(sys.argv[1]) as r, open(sys.argv[2], 'wb') as f: shutil.copyfileobj(r, f)",
                    url, target),
            ];
            await Peer.InterleaveAsync(peers, rounds);
            string body = "1 KiB from nginx over loopback to a file, from start to end of the process. Trimmed: ReadyToRun, with its own framework, one file. Native: as the tool's native package has it.\n\n"
                + "| program | wall ms [min–max] | CPU ms | peak RSS MiB | wall × ten lines, trimmed | CPU × ten lines, trimmed |\n|---|---|---|---|---|---|\n";
            foreach (Peer peer in peers)
            {
                body += string.Create(CultureInfo.InvariantCulture,
                    $"| {peer.Name} | {peer.Wall * 1000:F1} [{peer.Runs.Min(r => r.Wall) * 1000:F1}–{peer.Runs.Max(r => r.Wall) * 1000:F1}] n={peer.Runs.Count} | {peer.Cpu * 1000:F1} | {peer.PeakMiB:F0} | {peer.Ratio(baseline, r => r.Wall):F2} | {peer.Ratio(baseline, r => r.Cpu):F2} |\n");
            }

            body += string.Create(CultureInfo.InvariantCulture,
                $"\nFramework-dependent, pcl takes {peers[5].Ratio(dependent, r => r.Wall):F2} of the ten lines' wall time and {peers[5].Ratio(dependent, r => r.Cpu):F2} of their processor time.\n");
            Results.Write(root, "Start-up: 1 KiB", $"dotnet run -c Release --project benchmarks/SideBySide -- start {rounds}", body);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
