using System.Diagnostics;

namespace ProtocolClients.SideBySide;

/// <summary>Programs as their users have them: published for release.</summary>
internal static class Publish
{
    /// <summary>The tool as its native package has it: all of its commands, as machine code.</summary>
    public static Task<string> NativePclAsync(string root) => RunAsync(root, "src/ProtocolClients.Tool", "pcl-native", "pcl", "--use-current-runtime", "-p:PublishAot=true");

    /// <summary>The ten-line program as machine code.</summary>
    public static Task<string> NativeTenLinesAsync(string root) => RunAsync(root, "benchmarks/TenLines", "ten-lines-native", "TenLines", "--use-current-runtime", "-p:PublishAot=true");

    /// <summary>The tool, framework-dependent, as the package for all machines has it.</summary>
    public static Task<string> PclAsync(string root) => RunAsync(root, "src/ProtocolClients.Tool", "pcl", "pcl");

    /// <summary>The tool without the mock servers: trimmed, compiled ahead, with its own framework, in one file.</summary>
    public static Task<string> TrimmedPclAsync(string root) => RunAsync(root, "src/ProtocolClients.Tool", "pcl-trimmed", "pcl", [.. Trimmed, "-p:WithMockServers=false"]);

    /// <summary>The ten-line program, framework-dependent.</summary>
    public static Task<string> TenLinesAsync(string root) => RunAsync(root, "benchmarks/TenLines", "ten-lines", "TenLines");

    /// <summary>The ten-line program, trimmed, compiled ahead, with its own framework, in one file.</summary>
    public static Task<string> TrimmedTenLinesAsync(string root) => RunAsync(root, "benchmarks/TenLines", "ten-lines-trimmed", "TenLines", Trimmed);

    private static readonly string[] Trimmed = ["--use-current-runtime", "--self-contained", "-p:PublishTrimmed=true", "-p:PublishReadyToRun=true", "-p:PublishSingleFile=true"];

    private static async Task<string> RunAsync(string root, string project, string name, string program, params string[] more)
    {
        string folder = Path.Combine(root, "artifacts", name);
        string[] arguments = ["publish", project, "-c", "Release", "-o", folder, "--nologo", "-v", "q", .. more];
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = root, RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? Path.Combine(folder, program) : throw new InvalidOperationException(output);
    }
}
