using System.Text;
using ProtocolClients.Testing;

namespace ProtocolClients.Tool.Tests;

/// <summary>Whatever goes wrong: the exit code that says so, a message, and no file under the final name or beside it.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pcl-bad-").FullName;

    private string Target => Path.Combine(_folder, "out.bin");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("frob://localhost/x")]
    [InlineData("http://")]
    [InlineData("http://[::1/x")]
    [InlineData("http://localhost:99999/x")]
    [InlineData(" http://localhost/x")]
    [InlineData("http://local host/x")]
    [InlineData("http://a%2Fb/")]
    [InlineData("http://localhost/a\tb")]
    [InlineData("http://localhost/a\r\nX: y")]
    [InlineData("local_file:///etc/passwd")]
    public Task A_URL_that_is_malformed_or_of_an_unknown_scheme_is_2(string url) => FailsAsync(ExitCode.Usage, url);

    [Fact]
    public Task An_unresolvable_host_is_3() => FailsAsync(ExitCode.CannotConnect, "http://no-such-host.invalid/x");

    [Fact]
    public async Task A_refused_port_is_3()
    {
        string url;
        await using (var server = new RawServer("")) url = server.Url;
        await FailsAsync(ExitCode.CannotConnect, url + "/x");
    }

    [Theory]
    [InlineData(CertificateKind.Expired, "expired")]
    [InlineData(CertificateKind.NotYetValid, "valid")]
    [InlineData(CertificateKind.WrongName, "name")]
    [InlineData(CertificateKind.SelfSigned, "self-signed")]
    [InlineData(CertificateKind.UnknownAuthority, "trust")]
    public async Task A_bad_certificate_is_4_and_the_message_names_its_kind(CertificateKind kind, string word)
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", TestCertificates.Shared[kind]);
        PclRun run = await FailsAsync(ExitCode.Tls, server.Url + "/x", "--cacert", await RootsAsync());
        Assert.Contains(word, run.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_good_certificate_is_0()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", TestCertificates.Shared[CertificateKind.Valid]);
        PclRun run = await PclRun.Of("get", "-o", Target, server.Url + "/x", "--cacert", await RootsAsync());
        Assert.Equal((ExitCode.Done, "hi"), (run.ExitCode, await File.ReadAllTextAsync(Target)));
    }

    [Fact]
    public async Task A_404_is_6()
    {
        await using var server = new RawServer("HTTP/1.1 404 Not Found\nContent-Length: 4\n\ngone");
        PclRun run = await FailsAsync(ExitCode.Refused, server.Url + "/x");
        Assert.Contains("404", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_401_is_5_or_6_with_no_credentials()
    {
        await using var server = new RawServer("HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Basic realm=\"r\"\nContent-Length: 0\n\n");
        await FailsAsync(ExitCode.Authentication, server.Url + "/x");
    }

    [Fact]
    public async Task A_truncated_body_is_8()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\nContent-Length: 1000\n\nonly this");
        await FailsAsync(ExitCode.Integrity, server.Url + "/x", "--retry", "0");
    }

    [Fact]
    public async Task A_truncated_chunk_is_8()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n");
        await FailsAsync(ExitCode.Integrity, server.Url + "/x", "--retry", "0");
    }

    [Fact]
    public async Task Two_lengths_that_differ_are_7()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 3\n\nhello");
        await FailsAsync(ExitCode.Protocol, server.Url + "/x");
    }

    [Fact]
    public async Task Retry_0_is_one_attempt()
    {
        await using var server = new RawServer("HTTP/1.1 503 Busy\nContent-Length: 0\n\n");
        await FailsAsync(ExitCode.Refused, server.Url + "/x", "--retry", "0");
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Roots_that_are_none_are_2()
    {
        string path = Path.Combine(_folder, "roots.pem");
        await File.WriteAllTextAsync(path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        await FailsAsync(ExitCode.Usage, "https://localhost:1/", "--cacert", path);
    }

    [Fact]
    public async Task An_argument_that_begins_with_an_at_sign_names_no_file_to_read()
    {
        string path = Path.Combine(_folder, "roots.pem");
        await File.WriteAllTextAsync(path, "S3cret");
        PclRun run = await FailsAsync(ExitCode.Usage, "@" + path);
        Assert.DoesNotContain("S3cret", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://u:S3cret/w@127.0.0.1:1/")]
    [InlineData("http://u:S3cret@bad host/")]
    [InlineData("http://localhost:1/", "--proxy", "http://u:S3cret@bad host")]
    [InlineData("http://localhost:1/", "--proxy", "http://u:S3cret@127.0.0.1:99999")]
    [InlineData("http://localhost:1/", "--preproxy", "http://u:S3cret@bad host")]
    public async Task Row_52_a_password_in_what_is_no_URL_is_not_repeated(params string[] arguments)
    {
        PclRun run = await FailsAsync(ExitCode.Usage, arguments);
        Assert.DoesNotContain("S3cret", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_checksum_is_8()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello");
        await FailsAsync(ExitCode.Integrity, server.Url + "/x", "--checksum", "md5:00000000000000000000000000000000");
    }

    [Fact]
    public async Task Endless_headers_are_7()
    {
        await using var server = new RawServer(async (_, stream, token) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray(), token);
            byte[] line = Encoding.ASCII.GetBytes("X-Endless: " + new string('x', 1000) + "\r\n");
            while (true) await stream.WriteAsync(line, token);
        });
        await FailsAsync(ExitCode.Protocol, server.Url + "/x", "--retry", "0");
    }

    [Fact]
    public async Task Endless_interim_answers_are_7()
    {
        await using var server = new RawServer(async (_, stream, token) =>
        {
            while (true) await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), token);
        });
        await FailsAsync(ExitCode.Protocol, server.Url + "/x", "--retry", "0");
    }

    [Fact]
    public async Task Garbage_for_an_answer_is_7()
    {
        await using var server = new RawServer("SSH-2.0-OpenSSH_9.2\n\n\n");
        await FailsAsync(ExitCode.Protocol, server.Url + "/x", "--retry", "0");
    }

    [Fact]
    public async Task A_redirect_loop_is_7()
    {
        await using var server = new RawServer("HTTP/1.1 302 Found\nLocation: /x\nContent-Length: 0\n\n");
        await FailsAsync(ExitCode.Protocol, server.Url + "/x");
        Assert.InRange(server.Requests.Count, 1, 30);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://localhost/x")]
    [InlineData("data:,hello")]
    public async Task Row_07_a_redirect_to_another_family_is_7(string target)
    {
        await using var server = new RawServer($"HTTP/1.1 302 Found\nLocation: {target}\nContent-Length: 0\n\n");
        await FailsAsync(ExitCode.Protocol, server.Url + "/x");
    }

    [Fact]
    public async Task No_write_permission_is_9()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\nContent-Length: 2\n\nhi");
        // Not even root may create a file here.
        PclRun run = await PclRun.Of("get", "-o", "/proc/pcl-test-out.bin", server.Url + "/x");
        Assert.Equal(ExitCode.LocalFile, run.ExitCode);
    }

    [Fact]
    public async Task A_file_that_exists_is_9_and_stays_as_it_is()
    {
        await File.WriteAllTextAsync(Target, "old");
        await using var server = new RawServer("HTTP/1.1 200 OK\nContent-Length: 2\n\nhi");
        PclRun run = await PclRun.Of("get", "-o", Target, server.Url + "/x");
        Assert.Equal((ExitCode.LocalFile, "old"), (run.ExitCode, await File.ReadAllTextAsync(Target)));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("get")]
    [InlineData("get", "--no-such-option", "http://localhost/")]
    [InlineData("frobnicate")]
    [InlineData("get", "--checksum", "crc32:00", "http://localhost/")]
    [InlineData("get", "--retry", "-1", "http://localhost/")]
    [InlineData("get", "--retry", "often", "http://localhost/")]
    [InlineData("get", "--timeout", "0", "http://localhost/")]
    [InlineData("get", "--timeout", "1,5", "http://localhost/")]
    [InlineData("get", "--timeout", "1e300", "http://localhost/")]
    [InlineData("get", "--retry", "--quiet")]
    [InlineData("serve", "http", "--port", "https")]
    [InlineData("serve", "http", "--port", "65536")]
    [InlineData("tour", "nonsense")]
    [InlineData("get", "-o", "x", "http://localhost/", "http://localhost/")]
    [InlineData("get", "-H", "no colon", "http://localhost/")]
    [InlineData("get", "-H", "X: a\r\nY: b", "http://localhost/")]
    [InlineData("get", "--cacert", "/no/such/file", "https://localhost/")]
    public async Task Misuse_is_2_or_9_before_anything_is_sent(params string[] arguments)
    {
        PclRun run = await PclRun.Of(arguments);
        Assert.Contains(run.ExitCode, new[] { ExitCode.Usage, ExitCode.LocalFile });
        Assert.NotEmpty(run.Error);
        Assert.DoesNotContain("\\u00", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Row_31_a_name_that_leaves_its_folder_is_refused()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\nContent-Length: 2\n\nhi");
        PclRun run = await PclRun.Of("get", "-d", _folder, server.Url + "/..%2F..%2Fescaped");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Empty(server.Requests);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    private async Task<PclRun> FailsAsync(int code, params string[] arguments)
    {
        PclRun run = await PclRun.Of(["get", "-o", Target, .. arguments]);
        Assert.True(code == run.ExitCode, $"exit {run.ExitCode}, not {code}: {run.Error}");
        Assert.StartsWith("pcl: ", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
        // The roots are ours; nothing else may be there.
        Assert.DoesNotContain(Directory.GetFileSystemEntries(_folder), entry => !entry.EndsWith("roots.pem", StringComparison.Ordinal));
        return run;
    }

    private async Task<string> RootsAsync()
    {
        string path = Path.Combine(_folder, "roots.pem");
        await TestCertificates.Shared.SaveAuthorityAsync(path);
        return path;
    }
}
