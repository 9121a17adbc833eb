using System.Diagnostics;
using System.Text;
using ProtocolClients.Integration.Tests.Fleet;

namespace ProtocolClients.Integration.Tests.RealClients;

/// <summary>One run of a client that is a process of its own. Its output is taken as bytes, since bodies are.</summary>
internal sealed record ClientRun(int ExitCode, byte[] OutputBytes, string Error)
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    public string Output => Encoding.UTF8.GetString(OutputBytes);

    public static async Task<ClientRun> StartAsync(string program, params string[] arguments)
    {
        // The packages have the programs' names.
        if (!RealServers.Installed(program)) RealServers.Missing(program, "apt-get install -y --no-install-recommends " + program);
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // No proxy, configuration or locale of this machine.
        foreach (string name in start.Environment.Keys.Where(name => name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C.UTF-8";
        using Process process = Process.Start(start) ?? throw new InvalidOperationException(program + " did not start.");
        try
        {
            process.StandardInput.Close();
            var output = new MemoryStream();
            Task copy = process.StandardOutput.BaseStream.CopyToAsync(output);
            Task<string> error = process.StandardError.ReadToEndAsync();
            await Task.WhenAll(copy, error, process.WaitForExitAsync()).WaitAsync(Safety);
            return new ClientRun(process.ExitCode, output.ToArray(), await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
