using System.Diagnostics;
using ProtocolClients.Integration.Tests.WireMock;

[assembly: AssemblyFixture(typeof(WireMockServer))]

namespace ProtocolClients.Integration.Tests.WireMock;

/// <summary>
/// WireMock standalone as a process, for the assembly, started by the first test that needs it. The jar is named by
/// PROTOCOLCLIENTS_WIREMOCK_JAR.
/// </summary>
public sealed class WireMockServer : IAsyncLifetime
{
    private const string Install =
        "npm pack wiremock@3.13.2 && tar xzf wiremock-3.13.2.tgz, a Java 17 runtime, "
        + "and PROTOCOLCLIENTS_WIREMOCK_JAR=$PWD/package/build/wiremock-standalone-3.13.2.jar";

    private readonly SemaphoreSlim _gate = new(1, 1);
    private Process? _process;
    private Uri? _url;

    /// <summary>Its address; skips or fails the test where it cannot run.</summary>
    public async Task<Uri> StartAsync()
    {
        await _gate.WaitAsync();
        try
        {
            return _url ??= await LaunchAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _gate.Dispose();
    }

    private async Task<Uri> LaunchAsync()
    {
        string? jar = Environment.GetEnvironmentVariable("PROTOCOLCLIENTS_WIREMOCK_JAR");
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':');
        bool java = path.Any(folder => File.Exists(Path.Combine(folder, "java")));
        if (!java || !File.Exists(jar))
        {
            string message = "WireMock is not installed here: " + Install;
            if (Environment.GetEnvironmentVariable("PROTOCOLCLIENTS_REQUIRE_SERVERS") == "1") Assert.Fail(message);
            Assert.Skip(message);
        }

        var start = new ProcessStartInfo("java", ["-jar", jar!, "--port", "0", "--bind-address", "127.0.0.1", "--disable-banner"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        var seen = new List<string>();
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2)) is { } line)
        {
            seen.Add(line);
            if (!line.StartsWith("port:", StringComparison.Ordinal)) continue;

            // Nobody else reads what it prints, and a full pipe would stop it.
            _ = _process.StandardOutput.ReadToEndAsync();
            return new Uri($"http://127.0.0.1:{line["port:".Length..].Trim()}");
        }

        throw new InvalidOperationException("WireMock did not start:\n" + string.Join('\n', seen));
    }
}
