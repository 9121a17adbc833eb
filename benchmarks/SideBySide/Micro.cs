using System.Diagnostics;

namespace ProtocolClients.SideBySide;

/// <summary>Runs the BenchmarkDotNet classes and keeps their tables.</summary>
internal static class Micro
{
    public static async Task RunAsync(string root, string filter)
    {
        string artifacts = Directory.CreateTempSubdirectory("side-by-side-micro-").FullName;
        try
        {
            string[] arguments = ["run", "-c", "Release", "--project", "benchmarks/ProtocolClients.Benchmarks", "--", "--filter", filter, "--artifacts", artifacts];
            using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = root })!;
            await process.WaitForExitAsync();
            if (process.ExitCode != 0) throw new InvalidOperationException("The benchmarks failed.");
            foreach (string report in Directory.GetFiles(Path.Combine(artifacts, "results"), "*-report-github.md").Order(StringComparer.Ordinal))
            {
                string name = Path.GetFileName(report).Replace("-report-github.md", "", StringComparison.Ordinal);
                string table = string.Join('\n', (await File.ReadAllLinesAsync(report)).Where(line => line.StartsWith('|')));
                Results.Write(root, $"BenchmarkDotNet: {name[(name.LastIndexOf('.') + 1)..]}", $"dotnet run -c Release --project benchmarks/SideBySide -- micro '{filter}'", table);
            }
        }
        finally
        {
            Directory.Delete(artifacts, recursive: true);
        }
    }
}
