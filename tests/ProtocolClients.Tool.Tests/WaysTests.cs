using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ProtocolClients.Testing;

namespace ProtocolClients.Tool.Tests;

/// <summary>The ways of <c>pcl get</c>: every option once where it works, and once where it cannot.</summary>
public sealed class WaysTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pcl-ways-").FullName;
    private MockHttpServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await MockHttpServer.StartAsync();
        _server.Files["a.txt"] = "hello"u8;
        _server.Files["b.txt"] = "world"u8;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string UrlOf(string path) => _server.UrlOf("/").AbsoluteUri + path;

    private string At(string name) => Path.Combine(_folder, name);

    private Task<PclRun> GetAsync(params string[] arguments) => PclRun.Of(["get", "-d", _folder, .. arguments]);

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        PclRun run = await GetAsync(["--json", .. arguments]);
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        return document.RootElement.Clone();
    }

    private string[] Files() => [.. Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];

    [Fact]
    public async Task A_pattern_is_several_files_and_numbers_name_them()
    {
        Assert.Equal(0, (await GetAsync(UrlOf("{a,b}.txt"))).ExitCode);
        Assert.Equal(0, (await GetAsync("-o", "got-#1", UrlOf("[a-b].txt"))).ExitCode);
        Assert.Equal(["a.txt", "b.txt", "got-a", "got-b"], Files());
        Assert.Equal("world", await File.ReadAllTextAsync(At("got-b")));
    }

    [Fact]
    public async Task Without_patterns_brackets_are_part_of_the_URL()
    {
        _server.Files["{a}.txt"] = "x"u8;
        Assert.Equal(0, (await GetAsync("--no-glob", UrlOf("{a}.txt"))).ExitCode);
        Assert.Equal(["{a}.txt"], Files());
    }

    [Theory]
    [InlineData("1")]
    [InlineData("4")]
    public async Task A_list_is_downloaded_and_the_exit_code_says_that_some_failed(string parallel)
    {
        string list = $"# list\n{UrlOf("a.txt")}\n  out=first.txt\n  checksum=md5:5d41402abc4b2a76b9719d911017c592\n{UrlOf("missing")}\t{UrlOf("b.txt")}\n{UrlOf("none")}\n";
        PclRun run = await PclRun.WithInput(list, "get", "--json", "-d", _folder, "--parallel", parallel, "--input", "-");
        Assert.Equal(ExitCode.SomeFailed, run.ExitCode);
        Assert.Equal(["first.txt", "missing"], Files());
        Assert.Equal("world", await File.ReadAllTextAsync(At("missing")));
        Assert.Equal(3, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        await File.WriteAllTextAsync(At("list"), UrlOf("b.txt"));
        Assert.Equal(0, (await GetAsync("-i", At("list"))).ExitCode);
        Assert.Contains("b.txt", Files());
    }

    [Fact]
    public async Task Many_files_at_a_time_are_all_there()
    {
        byte[] body = RandomNumberGenerator.GetBytes(100_000);
        for (int i = 0; i < 200; i++) _server.Files[$"many/{i}"] = body;
        PclRun run = await GetAsync("-q", "--parallel", "32", UrlOf("many/[0-199]"));
        Assert.Equal((0, "", ""), (run.ExitCode, run.Output, run.Error));
        Assert.Equal(200, Files().Length);
        Assert.All(Directory.GetFiles(_folder), file => Assert.Equal(body, File.ReadAllBytes(file)));
    }

    [Fact]
    public async Task The_policies_of_a_name_that_is_taken()
    {
        await File.WriteAllTextAsync(At("a.txt"), "old");
        Assert.Equal(ExitCode.LocalFile, (await GetAsync(UrlOf("a.txt"))).ExitCode);
        Assert.Empty(_server.Calls);
        Assert.Equal("skipped", (await JsonAsync("--no-clobber", UrlOf("a.txt"))).GetProperty("outcome").GetString());
        Assert.Equal("old", await File.ReadAllTextAsync(At("a.txt")));
        Assert.Equal(At("a (1).txt"), (await JsonAsync("--rename", UrlOf("a.txt"))).GetProperty("path").GetString());
        Assert.Equal("downloaded", (await JsonAsync("--overwrite", UrlOf("a.txt"))).GetProperty("outcome").GetString());
        Assert.Equal("hello", await File.ReadAllTextAsync(At("a.txt")));
        Assert.Equal(["a (1).txt", "a.txt"], Files());
    }

    [Fact]
    public async Task The_server_names_a_file_only_when_it_may()
    {
        _server.Routes.Get("/named").Header("Content-Disposition", "attachment; filename*=UTF-8''na%20med.txt").Respond("x");
        _server.Routes.Get("/evil").Header("Content-Disposition", "attachment; filename=\"../../evil\"").Respond("x");
        await using MockHttpServer other = await MockHttpServer.StartAsync();
        other.Routes.Get("/elsewhere").Header("Content-Disposition", "attachment; filename=theirs").Respond("x");
        _server.Routes.Get("/moved").Redirect(other.UrlOf("/elsewhere").AbsoluteUri);
        await GetAsync(UrlOf("named"));
        await GetAsync("--content-disposition", UrlOf("named"));
        await GetAsync("--content-disposition", UrlOf("evil"));
        await GetAsync("--content-disposition", UrlOf("moved"));
        await GetAsync("--trust-server-names", UrlOf("moved"));
        Assert.Equal(["evil", "moved", "na med.txt", "named", "theirs"], Files());
    }

    [Fact]
    public async Task Checksums_come_as_an_option_a_list_or_a_list_on_a_server()
    {
        string sri = "sha256-" + Convert.ToBase64String(SHA256.HashData("hello"u8));
        Assert.Equal(0, (await GetAsync("-o", "1", "--checksum", sri, UrlOf("a.txt"))).ExitCode);
        string list = $"{Convert.ToHexStringLower(SHA256.HashData("hello"u8))}  a.txt\nSHA512 (b.txt) = {Convert.ToHexStringLower(SHA512.HashData("world"u8))}\n";
        _server.Files["SUMS"] = Encoding.UTF8.GetBytes(list);
        await File.WriteAllTextAsync(At("SUMS"), list);
        Assert.Equal(0, (await GetAsync("--checksums", UrlOf("SUMS"), UrlOf("{a,b}.txt"))).ExitCode);
        _server.Files["b.txt"] = "wrong"u8;
        PclRun run = await GetAsync("--overwrite", "--checksums", At("SUMS"), UrlOf("b.txt"));
        Assert.Equal((ExitCode.Integrity, "world"), (run.ExitCode, await File.ReadAllTextAsync(At("b.txt"))));
        Assert.Equal(ExitCode.Integrity, (await GetAsync("--checksums", At("SUMS"), UrlOf("c.txt"))).ExitCode);
        Assert.Equal(ExitCode.Usage, (await GetAsync("--checksums", UrlOf("b.txt"), UrlOf("a.txt"))).ExitCode);
        Assert.Equal(["1", "SUMS", "a.txt", "b.txt"], Files());
    }

    [Fact]
    public async Task What_servers_were_like_is_kept_in_a_file_and_where_a_file_came_from_in_its_attributes()
    {
        await using MockHttpServer other = await MockHttpServer.StartAsync();
        byte[] content = new byte[200_000];
        _server.Files["big"] = content;
        other.Files["big"] = content;
        Assert.Equal(0, (await GetAsync("--xattr", "-o", "1", "--server-stats", At("servers"), other.UrlOf("/big").AbsoluteUri)).ExitCode);
        int asked = other.Calls.Count;
        Assert.Equal(0, (await GetAsync("-o", "2", "--server-stats", At("servers"), "--mirror", other.UrlOf("/big").AbsoluteUri, UrlOf("big"))).ExitCode);
        Assert.Equal((0, true), (_server.Calls.Count, other.Calls.Count > asked));
        Assert.Equal(["1", "2", "servers"], Files());
        Assert.Equal(ExitCode.Usage, (await GetAsync("--server-stats", At("1"), UrlOf("a.txt"))).ExitCode);
        Assert.Equal(ExitCode.Usage, (await GetAsync("--server-stats", At("servers"), "-o", "-", UrlOf("a.txt"))).ExitCode);
        // What cannot be remembered is told, and the files are there all the same.
        PclRun run = await GetAsync("--server-stats", Path.Combine(At("none"), "servers"), "-o", "3", UrlOf("a.txt"));
        Assert.Equal((0, true), (run.ExitCode, run.Error.Contains("is not remembered", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Checksums_of_blake_come_as_an_option_or_in_the_lists_of_their_tools()
    {
        const string Hello =
            "e4cfa39a3d37be31c59609e807970799caa68a19bfaa15135f165085e01d41a65ba1e1b146aeb6bd0092b49eac214c103ccfa3a365954bbbe52f74a2b3620c94";
        Assert.Equal(0, (await GetAsync("-o", "1", "--checksum", "blake2b:" + Hello, UrlOf("a.txt"))).ExitCode);
        Assert.Equal(ExitCode.Integrity, (await GetAsync("-o", "2", "--checksum", "blake3:" + Hello[..64], UrlOf("a.txt"))).ExitCode);
        _server.Files["B2SUMS"] = Encoding.UTF8.GetBytes(Hello + "  a.txt\n");
        Assert.Equal(0, (await GetAsync("--checksums", UrlOf("B2SUMS"), UrlOf("a.txt"))).ExitCode);
        await File.WriteAllTextAsync(At("sha512.txt"), Hello + "  a.txt\n");
        Assert.Equal(ExitCode.Integrity, (await GetAsync("--overwrite", "--checksums", At("sha512.txt"), UrlOf("a.txt"))).ExitCode);
    }

    [Theory]
    [InlineData("-N")]
    [InlineData("--if-changed")]
    public async Task What_has_not_changed_is_not_fetched_again(string option)
    {
        Assert.Equal("downloaded", (await JsonAsync(option, UrlOf("a.txt"))).GetProperty("outcome").GetString());
        Assert.Equal("not-modified", (await JsonAsync(option, UrlOf("a.txt"))).GetProperty("outcome").GetString());
        _server.Files["a.txt"] = new MockFile("other"u8.ToArray()) { Modified = DateTimeOffset.UtcNow.AddHours(1) };
        Assert.Equal("downloaded", (await JsonAsync(option, UrlOf("a.txt"))).GetProperty("outcome").GetString());
        Assert.Equal("other", await File.ReadAllTextAsync(At("a.txt")));
    }

    [Fact]
    public async Task A_dry_run_writes_nothing_and_asks_for_heads()
    {
        PclRun run = await PclRun.Of("get", "--dry-run", "-d", At("new"), UrlOf("{a,b}.txt"));
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("5 bytes", run.Output, StringComparison.Ordinal);
        Assert.Equal("planned", (await JsonAsync("--dry-run", UrlOf("a.txt"))).GetProperty("outcome").GetString());
        Assert.Equal(ExitCode.Refused, (await GetAsync("--dry-run", UrlOf("none"))).ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        Assert.All(_server.Calls, call => Assert.Equal("HEAD", call.Method));
    }

    [Fact]
    public async Task Mirrors_take_over()
    {
        JsonElement result = await JsonAsync("--retry", "0", "--mirror", UrlOf("b.txt"), UrlOf("none"));
        Assert.Equal(UrlOf("b.txt"), result.GetProperty("finalUrl").GetString());
        Assert.Equal(["none"], Files());
    }

    [Fact]
    public async Task A_Metalink_document_is_its_files()
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData("hello"u8));
        string xml = $"<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\"><file name=\"sub/x.txt\"><hash type=\"sha-256\">{hash}</hash><url>{UrlOf("b.txt")}</url>"
            + $"<url priority=\"2\">{UrlOf("a.txt")}</url></file><file name=\"y.txt\"><url>http://127.0.0.1:1/y</url></file></metalink>";
        _server.Files["l.meta4"] = Encoding.UTF8.GetBytes(xml);
        PclRun run = await GetAsync("--metalink", UrlOf("l.meta4"));
        Assert.Equal(ExitCode.SomeFailed, run.ExitCode);
        Assert.Contains("https", run.Error, StringComparison.Ordinal);
        Assert.Equal("hello", await File.ReadAllTextAsync(At("sub/x.txt")));
        Assert.Equal(["x.txt"], Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
        _server.Files["bad.meta4"] = "<metalink"u8;
        Assert.Equal(ExitCode.Protocol, (await GetAsync("--metalink", UrlOf("bad.meta4"))).ExitCode);
        // What is no such document is a file, whose answer may name mirrors.
        Assert.Equal(0, (await GetAsync("--metalink", UrlOf("a.txt"))).ExitCode);
    }

    private void ServeDocument(params string[] files) => _server.Files["l.meta4"] = Encoding.UTF8.GetBytes(
        "<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">" + string.Concat(files) + "</metalink>");

    private string Listed(string name, string place = "a.txt") =>
        $"<file name=\"{name}\"><hash type=\"sha-256\">{Convert.ToHexStringLower(SHA256.HashData("hello"u8))}</hash><url>{UrlOf(place)}</url></file>";

    [Fact]
    public async Task A_checksum_and_mirrors_beside_a_Metalink_document_are_of_its_one_file()
    {
        ServeDocument(Listed("x.txt"));
        string own = "sha512:" + Convert.ToHexStringLower(SHA512.HashData("hello"u8));
        string wrong = "md5:" + new string('0', 32);
        Assert.Equal(ExitCode.Integrity, (await GetAsync("--metalink", "--checksum", wrong, UrlOf("l.meta4"))).ExitCode);
        Assert.Empty(Files());
        string told = (await JsonAsync("--metalink", "--checksum", own, UrlOf("l.meta4"))).GetProperty("checksum").GetString()!;
        Assert.StartsWith(own + " sha256:", told, StringComparison.Ordinal);
        PclRun list = await PclRun.WithInput($"{UrlOf("l.meta4")}\n checksum={wrong}\n", "get", "-d", _folder, "--overwrite", "--metalink", "--input", "-");
        Assert.Equal(ExitCode.Integrity, list.ExitCode);
        ServeDocument(Listed("y.txt", place: "gone.txt"));
        Assert.Equal(ExitCode.Refused, (await GetAsync("--metalink", UrlOf("l.meta4"))).ExitCode);
        Assert.Equal(0, (await GetAsync("--metalink", "--mirror", UrlOf("a.txt"), UrlOf("l.meta4"))).ExitCode);
        Assert.Equal(["x.txt", "y.txt"], Files());
    }

    [Theory]
    [InlineData("checksum=md5:00000000000000000000000000000000", "of one file")]
    [InlineData("out=z.txt", "names its files")]
    public async Task What_is_said_of_one_file_is_not_said_of_a_document_of_several(string said, string reason)
    {
        ServeDocument(Listed("x.txt"), Listed("y.txt"));
        PclRun run = await PclRun.WithInput($"{UrlOf("l.meta4")}\n {said}\n", "get", "-d", _folder, "--metalink", "--input", "-");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await GetAsync("--metalink", "--mirror", UrlOf("a.txt"), UrlOf("l.meta4"))).ExitCode);
        Assert.Empty(Files());
    }

    [Theory]
    [InlineData("--max-size", "4", ExitCode.Protocol)]
    [InlineData("--max-size", "5", 0)]
    [InlineData("--segments", "4", 0)]
    [InlineData("--limit-rate", "1G", 0)]
    [InlineData("--limit-rate-total", "1G", 0)]
    [InlineData("--continue", null, 0)]
    [InlineData("--verify-digest", null, 0)]
    [InlineData("--durable", null, 0)]
    [InlineData("-O", null, 0)]
    public async Task Options_that_change_how_a_file_comes(string option, string? value, int code)
    {
        PclRun run = await GetAsync(value is null ? [UrlOf("a.txt"), option] : [UrlOf("a.txt"), option, value]);
        Assert.Equal(code, run.ExitCode);
        Assert.Equal(code == 0 ? ["a.txt"] : [], Files());
    }

    [Fact]
    public async Task A_host_is_dialed_where_the_caller_says()
    {
        Assert.Equal(0, (await GetAsync("--resolve", $"www.example.org:{_server.Url.Port}:127.0.0.1", $"http://www.example.org:{_server.Url.Port}/a.txt")).ExitCode);
        Assert.Equal("www.example.org:" + _server.Url.Port, _server.Calls.Single()["Host"]);
        Assert.Equal(ExitCode.Usage, (await GetAsync("--resolve", "www.example.org:127.0.0.1", UrlOf("b.txt"))).ExitCode);
    }

    [Fact]
    public async Task Credentials_come_from_a_netrc_file()
    {
        _server.Routes.Get("/private").Protect(MockAuthentication.Basic("ann", "s3cret")).Respond("in");
        await File.WriteAllTextAsync(At("netrc"), "machine 127.0.0.1 login ann password s3cret\nmachine localhost login ann password s3cret\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(At("netrc"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal(ExitCode.Authentication, (await GetAsync(UrlOf("private"))).ExitCode);
        Assert.Equal(0, (await GetAsync(UrlOf("private"), "--netrc-file", At("netrc"))).ExitCode);
        Assert.Equal(ExitCode.LocalFile, (await GetAsync(UrlOf("a.txt"), "--netrc-file", At("missing"))).ExitCode);
        Environment.SetEnvironmentVariable("NETRC", At("netrc"));
        try
        {
            // What stands behind it is the URL.
            Assert.Equal(0, (await GetAsync("--overwrite", "--netrc", UrlOf("private"))).ExitCode);
        }
        finally
        {
            Environment.SetEnvironmentVariable("NETRC", null);
        }
    }

    [Fact]
    public async Task Cookies_and_HSTS_are_kept_in_files_from_run_to_run()
    {
        _server.Routes.Get("/set").Header("Set-Cookie", "sid=t0ken; Path=/").Respond("x");
        Assert.Equal(0, (await GetAsync("--cookies", At("jar.txt"), "--hsts", At("hsts.txt"), UrlOf("set"))).ExitCode);
        Assert.Contains("t0ken", await File.ReadAllTextAsync(At("jar.txt")), StringComparison.Ordinal);
        Assert.True(File.Exists(At("hsts.txt")));
        Assert.Equal(0, (await GetAsync("--cookies", At("jar.txt"), UrlOf("a.txt"))).ExitCode);
        Assert.Equal("sid=t0ken", _server.Calls.Last()["Cookie"]);
        Assert.Equal(0, (await PclRun.Of("head", "--cookies", At("jar.txt"), UrlOf("a.txt"))).ExitCode);
        Assert.Equal("sid=t0ken", _server.Calls.Last()["Cookie"]);
        Assert.Equal(0, (await GetAsync(UrlOf("b.txt"))).ExitCode);
        Assert.Equal("", _server.Calls.Last()["Cookie"]);
        await File.WriteAllTextAsync(At("bad.txt"), "{ no jar");
        Assert.Equal(ExitCode.Usage, (await GetAsync("--cookies", At("bad.txt"), UrlOf("b.txt"))).ExitCode);
        // Whoever is on the list is not asked over clear text: nobody speaks TLS here.
        await File.WriteAllTextAsync(At("known.txt"), "localhost \"20990101 00:00:00\"\n");
        PclRun run = await GetAsync("--retry", "0", "--overwrite", "--hsts", At("known.txt"), $"http://localhost:{_server.Url.Port}/a.txt");
        Assert.Equal(ExitCode.Tls, run.ExitCode);
    }

    [Theory]
    [InlineData("--overwrite", "--rename")]
    [InlineData("--segments", "0")]
    [InlineData("--segments", "65")]
    [InlineData("--parallel", "0")]
    [InlineData("--limit-rate", "fast")]
    [InlineData("--limit-rate-total", "0")]
    [InlineData("--max-size", "-1")]
    [InlineData("-o", "-", "--continue")]
    [InlineData("-o", "x", "--content-disposition")]
    [InlineData("-o", "x", "--metalink")]
    [InlineData("--mirror", "http://h/", "http://h/2")]
    [InlineData("-o", "-", "--mirror", "http://h/2")]
    [InlineData("--input", "/no/such/file")]
    [InlineData("--checksums", "/no/such/file")]
    [InlineData("http://h/[1-")]
    public async Task Misuse_is_told_before_anything_is_asked_for(params string[] arguments)
    {
        PclRun run = await PclRun.Of(["get", .. arguments, UrlOf("a.txt")]);
        Assert.Contains(run.ExitCode, new[] { ExitCode.Usage, ExitCode.LocalFile });
        Assert.StartsWith("pcl: ", run.Error, StringComparison.Ordinal);
        Assert.Empty(_server.Calls);
    }
}
