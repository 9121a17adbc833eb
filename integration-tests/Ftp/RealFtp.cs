using System.Globalization;
using System.Security.Authentication;
using ProtocolClients.Integration.Tests.Fleet;

namespace ProtocolClients.Integration.Tests.Ftp;

/// <summary>A client of a real server, and a directory there that nobody else has.</summary>
internal static class RealFtp
{
    private static int _directories;

    public static FtpClient Client(RealServers servers, string address, TlsMode tls, SslProtocols? version, Func<FtpClientOptions, FtpClientOptions>? change)
    {
        TransportOptions transport = servers.Trusting;
        TlsOptions trusting = transport.Tls with { Mode = tls, MinimumVersion = version ?? SslProtocols.Tls12 };
        var options = new FtpClientOptions
        {
            Transport = transport with { Tls = trusting },
            Credentials = new(servers["FTP_USER"], servers["FLEET_SECRET"]),
            Resilience = ResilienceOptions.None,
        };
        return new FtpClient(servers[address], change?.Invoke(options) ?? options);
    }

    public static async Task<string> FreshDirectoryAsync(FtpClient ftp, string address)
    {
        string directory = string.Create(CultureInfo.InvariantCulture, $"/inbox/{address}-{Environment.ProcessId}-{Interlocked.Increment(ref _directories)}");
        await ftp.CreateDirectoryAsync(directory);
        return directory;
    }
}
