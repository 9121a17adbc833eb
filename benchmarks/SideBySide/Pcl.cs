using System.Diagnostics;

namespace ProtocolClients.SideBySide;

/// <summary>The tool as its users have it: published for release.</summary>
internal static class Pcl
{
    public static async Task<string> PublishAsync(string root)
    {
        string folder = Path.Combine(root, "artifacts", "pcl");
        string[] arguments = ["publish", "src/ProtocolClients.Tool", "-c", "Release", "-o", folder, "--nologo", "-v", "q"];
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = root, RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? Path.Combine(folder, "pcl") : throw new InvalidOperationException(output);
    }
}
