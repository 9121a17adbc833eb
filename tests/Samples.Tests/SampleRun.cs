using System.Diagnostics;

namespace Samples.Tests;

/// <summary>Runs a sample as its reader would: <c>dotnet run samples/NAME.cs</c>.</summary>
internal static class SampleRun
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(10);

    public static string Folder { get; } = Path.Combine(Root(), "samples");

    public static async Task<(int ExitCode, string Output)> RunAsync(string name)
    {
        // The packages are built once more, into a folder of the tests' own: a build in their usual folders, which another
        // build may be writing at this moment, would break both.
        string artifacts = Path.Combine(AppContext.BaseDirectory, "samples");
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                "run", Path.Combine(Folder, name), "-p:UseArtifactsOutput=true", $"-p:ArtifactsPath={artifacts}",
                "-p:UseSharedCompilation=false",
            },
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["DOTNET_NOLOGO"] = "1" },
        };

        // What the build that runs these tests tells its own children would lead the sample's build astray.
        foreach (string variable in start.Environment.Keys.Where(static key => key.StartsWith("MSBuild", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(variable);

        using var limit = new CancellationTokenSource(Safety, TimeProvider.System);
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ProtocolClients.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("These tests run inside the repository.");
    }
}
