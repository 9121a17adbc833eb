using System.Globalization;
using System.Security.Authentication;
using ProtocolClients.FtpTests;
using ProtocolClients.Integration.Tests.Fleet;

namespace ProtocolClients.Integration.Tests.Ftp;

/// <summary>What the mock server shows, on a real one, and what only real ones can show.</summary>
public abstract class RealFtpBehaviour(RealServers servers, string service, string address, TlsMode tls = TlsMode.None, SslProtocols? version = null)
    : FtpServerBehaviour, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await servers.RequireAsync(service);

    public ValueTask DisposeAsync()
    {
        Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Known_content_is_listed_and_comes_as_it_is()
    {
        await using FtpClient ftp = await ConnectAsync();
        string root = servers["FTP_ROOT"];
        List<FtpEntry> many = await ftp.ListAsync("/many").ToListAsync();
        Assert.Equal(2000, many.Count);
        Assert.All(many, entry => Assert.Equal((FtpEntryKind.File, 1024L), (entry.Kind, entry.Size)));
        TransferResult big = await ftp.DownloadAsync("/32m.bin", Local("32m.bin"));
        Assert.Equal(32L * 1024 * 1024, big.Bytes);
        Assert.Equal(Hash(Path.Combine(root, "32m.bin")), Hash(Local("32m.bin")));
        Assert.Equal(new DateTimeOffset(2020, 2, 29, 12, 34, 56, TimeSpan.Zero), (await ftp.StatAsync("/hello.txt")).Modified);
    }

    [Fact]
    public async Task Names_of_every_kind_are_listed_and_read()
    {
        await using FtpClient ftp = await ConnectAsync();
        int read = 0;
        await foreach (FtpEntry entry in ftp.ListAsync("/names"))
        {
            // Each file holds its own name.
            if (!CanRead(entry)) continue;
            byte[] content = await ftp.ReadBytesAsync(entry.Path);
            Assert.True(entry.RawName.Span.SequenceEqual(content), entry.Name);
            read++;
        }

        Assert.InRange(read, 13, 16);
    }

    [Fact]
    public async Task Many_transfers_over_several_connections_each_resume_their_own_session()
    {
        await using FtpClient ftp = await ConnectAsync(options => options with { MaxConnections = 4 });
        await Parallel.ForEachAsync(Enumerable.Range(0, 40), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, token) =>
            Assert.Equal(1024, (await ftp.ReadBytesAsync(string.Create(CultureInfo.InvariantCulture, $"/many/{i:0000}.bin"), token)).Length));
    }

    protected override Task<FtpClient> ConnectAsync(Func<FtpClientOptions, FtpClientOptions>? change = null) =>
        Task.FromResult(RealFtp.Client(servers, address, tls, version, change));

    protected override Task<string> FreshDirectoryAsync(FtpClient ftp) => RealFtp.FreshDirectoryAsync(ftp, address);

    /// <summary>Whether the server can be asked for a file of this name at all.</summary>
    protected virtual bool CanRead(FtpEntry entry) => true;
}

public sealed class VsftpdBehaviourTests(RealServers servers) : RealFtpBehaviour(servers, "vsftpd", "VSFTPD");

public sealed class VsftpdIpv6BehaviourTests(RealServers servers) : RealFtpBehaviour(servers, "vsftpd_v6", "VSFTPD_V6");

/// <summary>Data connections have to resume the session of their control connection, and uploads to end as TLS says.</summary>
public sealed class VsftpdStrictBehaviourTests(RealServers servers) : RealFtpBehaviour(servers, "vsftpd", "VSFTPD_STRICT", TlsMode.StartTls);

public sealed class VsftpdStrictTls13BehaviourTests(RealServers servers)
    : RealFtpBehaviour(servers, "vsftpd", "VSFTPD_STRICT", TlsMode.StartTls, SslProtocols.Tls13);

public sealed class VsftpdImplicitBehaviourTests(RealServers servers) : RealFtpBehaviour(servers, "vsftpd", "VSFTPD_IMPLICIT", TlsMode.Implicit);

public sealed class ProftpdBehaviourTests(RealServers servers) : RealFtpBehaviour(servers, "proftpd", "PROFTPD");

/// <summary>Data connections have to resume the very session of their control connection.</summary>
public sealed class ProftpdTlsBehaviourTests(RealServers servers) : RealFtpBehaviour(servers, "proftpd", "PROFTPD_TLS", TlsMode.StartTls);

public sealed class ProftpdImplicitBehaviourTests(RealServers servers) : RealFtpBehaviour(servers, "proftpd", "PROFTPD_IMPLICIT", TlsMode.Implicit);

public sealed class PyftpdlibBehaviourTests(RealServers servers) : RealFtpBehaviour(servers, "pyftpdlib", "PYFTPDLIB", TlsMode.StartTls)
{
    // It reads names as UTF-8, and others as something else.
    protected override bool CanRead(FtpEntry entry) => !entry.Name.StartsWith("latin1-", StringComparison.Ordinal) && !entry.Name.StartsWith("iac-", StringComparison.Ordinal);
}
