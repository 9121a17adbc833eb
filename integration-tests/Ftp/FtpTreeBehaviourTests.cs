using System.Security.Authentication;
using ProtocolClients.FtpTests;
using ProtocolClients.Integration.Tests.Fleet;

namespace ProtocolClients.Integration.Tests.Ftp;

/// <summary>What the mock server shows of trees, on a real one.</summary>
public abstract class RealFtpTreeBehaviour(RealServers servers, string service, string address, TlsMode tls = TlsMode.None, SslProtocols? version = null)
    : FtpTreeBehaviour, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await servers.RequireAsync(service);

    public ValueTask DisposeAsync()
    {
        Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    protected override Task<FtpClient> ConnectAsync(Func<FtpClientOptions, FtpClientOptions>? change = null) =>
        Task.FromResult(RealFtp.Client(servers, address, tls, version, change));

    protected override Task<string> FreshDirectoryAsync(FtpClient ftp) => RealFtp.FreshDirectoryAsync(ftp, address);
}

public sealed class VsftpdTreeTests(RealServers servers) : RealFtpTreeBehaviour(servers, "vsftpd", "VSFTPD");

/// <summary>Each data connection has to resume the session of its control connection.</summary>
public sealed class VsftpdStrictTreeTests(RealServers servers) : RealFtpTreeBehaviour(servers, "vsftpd", "VSFTPD_STRICT", TlsMode.StartTls);

public sealed class VsftpdStrictTls13TreeTests(RealServers servers)
    : RealFtpTreeBehaviour(servers, "vsftpd", "VSFTPD_STRICT", TlsMode.StartTls, SslProtocols.Tls13);

public sealed class ProftpdTreeTests(RealServers servers) : RealFtpTreeBehaviour(servers, "proftpd", "PROFTPD");

/// <summary>Each data connection has to resume the very session of its control connection.</summary>
public sealed class ProftpdTlsTreeTests(RealServers servers) : RealFtpTreeBehaviour(servers, "proftpd", "PROFTPD_TLS", TlsMode.StartTls);

public sealed class PyftpdlibTreeTests(RealServers servers) : RealFtpTreeBehaviour(servers, "pyftpdlib", "PYFTPDLIB", TlsMode.StartTls);
