using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ProtocolClients.SideBySide;

/// <summary>A server of FTP as a process, stopped when it is disposed.</summary>
internal sealed class FtpServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string? _folder;

    private FtpServer(Process process, int port, string? folder)
    {
        _process = process;
        _folder = folder;
        Port = port;
    }

    public int Port { get; }

    /// <summary>As curl and our client take it.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"ftp://localhost:{Port}");

    /// <summary>The certificate of a server with TLS, which is its own authority.</summary>
    public string Certificate => Path.Combine(_folder!, "certificate.pem");

    /// <summary>The stub of benchmarks/native, which serves out of memory and drops what it is sent.</summary>
    /// <param name="root">The checkout.</param>
    /// <param name="file">What "big" files are.</param>
    public static async Task<FtpServer> StubAsync(string root, string file)
    {
        string program = await Native.BuildAsync(root, "ftpd");
        Process process = Process.Start(new ProcessStartInfo(program, [file]) { RedirectStandardOutput = true })!;
        string? port = await process.StandardOutput.ReadLineAsync();
        return new FtpServer(process, int.Parse(port!, CultureInfo.InvariantCulture), null);
    }

    /// <summary>vsftpd with one folder for the anonymous user, who may write into its "inbox". Needs root, as vsftpd does.</summary>
    public static async Task<FtpServer> VsftpdAsync(string content, bool tls)
    {
        string folder = Directory.CreateTempSubdirectory("side-by-side-vsftpd-").FullName;
        string inbox = Path.Combine(content, "inbox");
        Directory.CreateDirectory(inbox);
        Directory.CreateDirectory(Path.Combine(folder, "empty"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(content, (UnixFileMode)0b111_101_101);
            File.SetUnixFileMode(inbox, (UnixFileMode)0b111_111_111);
        }

        int port = LocalPort.Free();
        List<string> lines =
        [
            "background=NO", "listen=YES", "listen_ipv6=NO", "listen_address=127.0.0.1", $"listen_port={port}", $"secure_chroot_dir={folder}/empty",
            "seccomp_sandbox=NO", "isolate_network=NO", "anonymous_enable=YES", "no_anon_password=YES", $"anon_root={content}",
            "anon_world_readable_only=NO", "write_enable=YES", "anon_upload_enable=YES", "anon_mkdir_write_enable=YES", "anon_other_write_enable=YES", "anon_umask=022",
            "connect_from_port_20=NO", "pasv_min_port=61000", "pasv_max_port=65500", "xferlog_enable=NO",
        ];
        if (tls)
        {
            WriteCertificate(folder);
            lines.AddRange(["ssl_enable=YES", $"rsa_cert_file={folder}/certificate.pem", $"rsa_private_key_file={folder}/key.pem", "allow_anon_ssl=YES", "ssl_ciphers=HIGH", "require_ssl_reuse=NO"]);
        }

        await File.WriteAllLinesAsync(Path.Combine(folder, "vsftpd.conf"), lines);
        Process process = Process.Start(new ProcessStartInfo("vsftpd", [Path.Combine(folder, "vsftpd.conf")]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        while (!await LocalPort.IsOpenAsync(port))
        {
            if (process.HasExited) throw new InvalidOperationException("vsftpd did not start: " + await process.StandardOutput.ReadToEndAsync());
        }

        return new FtpServer(process, port, folder);
    }

    public async ValueTask DisposeAsync()
    {
        // vsftpd has a process a connection.
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        if (_folder is not null) Directory.Delete(_folder, recursive: true);
    }

    private static void WriteCertificate(string folder)
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(Path.Combine(folder, "certificate.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
    }
}
