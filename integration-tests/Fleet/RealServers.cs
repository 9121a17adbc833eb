using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using ProtocolClients.Integration.Tests.Fleet;

[assembly: AssemblyFixture(typeof(RealServers))]

namespace ProtocolClients.Integration.Tests.Fleet;

/// <summary>
/// The real servers, started once for the whole assembly when the first test asks for one, and stopped at its end. A server
/// that is not installed skips its tests with the command that installs it; with PROTOCOLCLIENTS_REQUIRE_SERVERS=1 they fail.
/// </summary>
public sealed class RealServers : IAsyncLifetime
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "protocolclients-fleet-" + Guid.NewGuid().ToString("N")[..12]);
    private readonly ConcurrentDictionary<string, string> _values = new(StringComparer.Ordinal);
    private string? _unusable;
    private bool _started;

    /// <summary>What the servers' start wrote for a name.</summary>
    public string this[string name] => _values.TryGetValue(name, out string? value)
        ? value
        : throw new InvalidOperationException($"The servers named no {name}.");

    public Credentials Credentials => new(this["FLEET_USER"], this["FLEET_SECRET"]);

    /// <summary>TLS that trusts the fleet's authority and nobody else.</summary>
    public TransportOptions Trusting => new()
    {
        Proxy = ProxyOptions.None,
        Tls = TlsOptions.Default with { Roots = [X509CertificateLoader.LoadCertificateFromFile(this["FLEET_CA"])] },
    };

    /// <summary>Makes sure that servers run; skips or fails the test when one cannot.</summary>
    public async Task RequireAsync(params string[] services)
    {
        await StartAsync();
        if (_unusable is not null) Missing("the servers", _unusable);
        foreach (string service in services)
        {
            if (_values.TryGetValue("MISSING_" + service, out string? install)) Missing(service, install);
        }
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_started) await RunAsync("down", _folder);
        _gate.Dispose();
    }

    internal static void Missing(string service, string install)
    {
        string message = $"{service} is not installed here: {install}";
        if (Environment.GetEnvironmentVariable("PROTOCOLCLIENTS_REQUIRE_SERVERS") == "1") Assert.Fail(message);
        Assert.Skip(message);
    }

    private async Task StartAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_started || _unusable is not null) return;
            if (OperatingSystem.IsWindows() || !File.Exists("/bin/bash") || !Installed("openssl"))
            {
                _unusable = "a Unix with bash and: apt-get install -y --no-install-recommends openssl";
                return;
            }

            _started = true;
            string owner = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            (int code, string error) = await RunAsync("up", _folder, "--owner", owner);
            Assert.True(code == 0, error);
            foreach (string line in await File.ReadAllLinesAsync(Path.Combine(_folder, "env.sh")))
            {
                // export NAME='value'
                int equals = line.IndexOf('=', StringComparison.Ordinal);
                _values[line["export ".Length..equals]] = line[(equals + 2)..^1];
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    internal static bool Installed(string binary) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(folder => File.Exists(Path.Combine(folder, binary)));

    private static async Task<(int Code, string Error)> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/bash") { RedirectStandardError = true, RedirectStandardInput = true };
        start.ArgumentList.Add(Path.Combine(Scripts(), script));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(120));
        return (process.ExitCode, await error);
    }

    private static string Scripts()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string scripts = Path.Combine(folder.FullName, "integration-tests", "servers");
            if (File.Exists(Path.Combine(scripts, "up"))) return scripts;
        }

        throw new InvalidOperationException("The tests run outside the tree.");
    }
}
