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

/// <summary>vsftpd refuses no listing: what cannot be opened shows nothing, or its own name out of the directory above.</summary>
public sealed class VsftpdClosedDirectoryTests(RealServers servers) : IAsyncLifetime
{
    private static readonly FtpSyncOptions Down = new() { Direction = FtpSyncDirection.Down, DeleteExtra = true };

    private readonly string _local = Directory.CreateTempSubdirectory("ftp-closed-").FullName;

    public async ValueTask InitializeAsync() => await servers.RequireAsync("vsftpd");

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_local, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Nothing_is_deleted_for_what_cannot_be_listed()
    {
        await using FtpClient ftp = RealFtp.Client(servers, "VSFTPD", TlsMode.None, null, options => options with { MaxConnections = 2 });
        string directory = await RealFtp.FreshDirectoryAsync(ftp, "CLOSED");
        foreach (string name in (string[])["closed", "unread", "open", "emptied"]) await ftp.CreateDirectoryAsync($"{directory}/{name}");
        foreach (string name in (string[])["closed/theirs", "unread/theirs", "open/theirs"]) await ftp.UploadAsync(new MemoryStream([1]), $"{directory}/{name}");
        foreach (string name in (string[])["closed", "unread", "open", "emptied"])
        {
            Directory.CreateDirectory(Path.Combine(_local, name));
            await File.WriteAllTextAsync(Path.Combine(_local, name, "mine"), "mine");
        }

        await ftp.SetPermissionsAsync(directory + "/closed", 0);
        await ftp.SetPermissionsAsync(directory + "/unread", 0b011_000_000);
        try
        {
            FtpSyncPlan plan = await ftp.PlanSyncAsync(_local, directory, Down);
            Assert.Equal(
                ["Download open/theirs", "Delete emptied/mine", "Delete open/mine", "Skip closed", "Skip unread"],
                plan.Steps.Select(step => $"{step.Action} {step.Path}"));
            Assert.Equal(["CWD", "LIST"], plan.Problems.Select(step => Assert.IsType<FtpReplyException>(step.Problem).Command).Order(StringComparer.Ordinal));
            Assert.Equal("CWD", (await Assert.ThrowsAsync<FtpReplyException>(() => ftp.PlanSyncAsync(_local, directory + "/typo", Down))).Command);
            Assert.Equal("CWD", (await Assert.ThrowsAsync<FtpReplyException>(() => ftp.DownloadTreeAsync(directory + "/typo", _local))).Command);
        }
        finally
        {
            await ftp.SetPermissionsAsync(directory + "/closed", 0b111_000_000);
            await ftp.SetPermissionsAsync(directory + "/unread", 0b111_000_000);
        }

        Assert.Equal(4, Directory.GetFiles(_local, "mine", SearchOption.AllDirectories).Length);
    }
}
