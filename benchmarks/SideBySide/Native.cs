using System.Diagnostics;

namespace ProtocolClients.SideBySide;

/// <summary>The programs of benchmarks/native, compiled by the machine's C compiler when they are used.</summary>
internal static class Native
{
    /// <summary>Compiles one and gives its path.</summary>
    public static async Task<string> BuildAsync(string root, string name)
    {
        string folder = Path.Combine(root, "artifacts", "native");
        Directory.CreateDirectory(folder);
        string program = Path.Combine(folder, name);
        using Process process = Process.Start("cc", ["-O2", "-Wall", "-Wextra", "-pthread", "-o", program, Path.Combine(root, "benchmarks", "native", name + ".c")]);
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? program : throw new InvalidOperationException($"{name}.c does not compile.");
    }
}
