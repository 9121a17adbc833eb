using System.Text;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Jars in files: cookies.txt and JSON, both ways.</summary>
public sealed class CookieFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cookie-files-");
    private readonly VirtualTime _time = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));

    private CookiePolicy Policy => CookiePolicy.Default with { TimeProvider = _time };

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_jar_is_written_as_curl_writes_it()
    {
        var jar = new CookieJar(Policy);
        jar.Add("https://www.example.com/a/b", "plain=1; Max-Age=60");
        jar.Add("https://www.example.com/", "wide=\"x y\"; Domain=example.com; Secure; HttpOnly; Max-Age=60; Path=/p");
        jar.Add("https://www.example.com/", "session=1");
        jar.Add("https://www.example.com/", "empty=; Max-Age=60");
        jar.Add("https://www.example.com/", "utf8=caf\u00c3\u00a9; Max-Age=60");
        string path = PathOf("cookies.txt");
        await jar.SaveAsync(path, sessionCookies: true);
        string[] lines = (await File.ReadAllTextAsync(path)).Split('\n');
        Assert.Equal("# Netscape HTTP Cookie File", lines[0]);
        Assert.Equal(
            [
                "www.example.com\tFALSE\t/a\tFALSE\t1780315260\tplain\t1",
                "#HttpOnly_.example.com\tTRUE\t/p\tTRUE\t1780315260\twide\t\"x y\"",
                "www.example.com\tFALSE\t/\tFALSE\t0\tsession\t1",
                "www.example.com\tFALSE\t/\tFALSE\t1780315260\tempty\t",
                "www.example.com\tFALSE\t/\tFALSE\t1780315260\tutf8\tcaf\u00e9",
                "",
            ],
            lines.SkipWhile(line => line.StartsWith("# ", StringComparison.Ordinal)).Skip(1));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal("cookies.txt", Assert.Single(_folder.GetFiles()).Name);

        CookieJar read = await CookieJar.LoadAsync(path, Policy);
        Assert.Equal(
            jar.Cookies.Select(cookie => cookie with { Created = default }),
            read.Cookies.Select(cookie => cookie with { Created = default }));
        Assert.Equal("plain=1; session=1; empty=; utf8=caf\u00c3\u00a9", read.HeaderFor("https://www.example.com/a/"));

        await jar.SaveAsync(path);
        Assert.DoesNotContain("\tsession\t", await File.ReadAllTextAsync(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_other_programs_write_is_read()
    {
        string path = await WriteAsync("\u00ef\u00bb\u00bf# HTTP Cookie File\r\n"
            + "# a comment\r\n\r\n"
            + ".example.com\tTRUE\t/\tFALSE\t1893456000\tcurl\t1\r\n"
            + "#HttpOnly_www.example.com\tFALSE\t/\tTRUE\t1893456000.123456\tbrowser\t2\r\n"
            + "example.com\tTRUE\t/\tfalse\t\tpython\t3\r\n"
            + "www.example.com\tFALSE\t/\tFALSE\t0\tnone\r\n"
            + "www.example.com\tFALSE\t/\tFALSE\t-1\told\t4\r\n"
            + "www.example.com\tFALSE\t/\tFALSE\t1\told\t5\r\n"
            + "www.example.com\tFALSE\t/\tFALSE\t99999999999999999\tfar\t6\r\n"
            + "WWW.Example.COM.\tFALSE\t/\tFALSE\t0\tcase\t7");
        CookieJar jar = await CookieJar.LoadAsync(path, Policy);
        Assert.Equal("curl=1; browser=2; python=3; none=; far=6; case=7", jar.HeaderFor("https://www.example.com/"));
        Assert.Equal("curl=1; python=3", jar.HeaderFor("https://other.example.com/"));
        Assert.True(Assert.Single(jar.Cookies, cookie => cookie.Name == "browser").HttpOnly);
        Assert.All(jar.Cookies, cookie => Assert.True(cookie.Expires is null || cookie.Expires <= _time.GetUtcNow().AddDays(400)));
    }

    [Theory]
    [InlineData("com\tTRUE\t/\tFALSE\t0\ta\tb")]
    [InlineData("10.0.0.1\tTRUE\t/\tFALSE\t0\ta\tb")]
    [InlineData("www.example.com\tFALSE\t/\tFALSE\t0\t__Secure-a\tb")]
    [InlineData("www.example.com\tFALSE\t/\tFALSE\t0\ta\tb;c")]
    [InlineData("exa mple.com\tFALSE\t/\tFALSE\t0\ta\tb")]
    public async Task What_no_server_could_have_set_is_left_out(string line)
    {
        CookieJar jar = await CookieJar.LoadAsync(await WriteAsync(line + "\nwww.example.com\tFALSE\t/\tFALSE\t0\tok\t1\n"), Policy);
        Assert.Equal("ok", Assert.Single(jar.Cookies).Name);
    }

    [Theory]
    [InlineData("just text")]
    [InlineData("a\tb\tc")]
    [InlineData("www.example.com\tMAYBE\t/\tFALSE\t0\ta\tb")]
    [InlineData("www.example.com\tFALSE\t/\tYES\t0\ta\tb")]
    [InlineData("www.example.com\tFALSE\tpath\tFALSE\t0\ta\tb")]
    [InlineData("www.example.com\tFALSE\t/\tFALSE\tsoon\ta\tb")]
    [InlineData("www.example.com\tFALSE\t/\tFALSE\t0\ta\tb\tc")]
    [InlineData("www.example.com\tFALSE\t/\tFALSE\t0\t\t")]
    [InlineData("\tFALSE\t/\tFALSE\t0\ta\tb")]
    public async Task A_line_that_is_none_is_named_and_not_repeated(string line)
    {
        string path = await WriteAsync("# Netscape HTTP Cookie File\nwww.example.com\tFALSE\t/\tFALSE\t0\tok\t1\n" + line + "\n");
        FormatException failure = await Assert.ThrowsAsync<FormatException>(() => CookieJar.LoadAsync(path, Policy));
        Assert.Contains("ine 3", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(line, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_all_that_a_cookie_has()
    {
        var jar = new CookieJar(Policy);
        jar.Add("https://www.example.com/a/b", "plain=1");
        _time.Advance(TimeSpan.FromTicks(12345));
        jar.Add("https://www.example.com/", "strict=\"caf\u00c3\u00a9\"; Domain=example.com; Secure; HttpOnly; Max-Age=60; Path=/p; SameSite=Strict");
        jar.Add("https://www.example.com/", "none=1; Secure; SameSite=None");
        jar.Add("https://www.example.com/", "=nameless");
        string path = PathOf("jar.json");
        await jar.SaveAsync(path, sessionCookies: true);
        string text = await File.ReadAllTextAsync(path);
        Assert.StartsWith("{", text, StringComparison.Ordinal);
        Assert.Contains("\"sameSite\": \"Strict\"", text, StringComparison.Ordinal);
        CookieJar read = await CookieJar.LoadAsync(path, Policy);
        Assert.Equal(jar.Cookies, read.Cookies);
        await read.SaveAsync(PathOf("again.json"), sessionCookies: true);
        Assert.Equal(text, await File.ReadAllTextAsync(PathOf("again.json")));
        await read.SaveAsync(PathOf("by-format"), CookieFormat.Json);
        Assert.Equal("strict", Assert.Single((await CookieJar.LoadAsync(PathOf("by-format"), Policy)).Cookies).Name);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{\"version\":2,\"cookies\":[]}")]
    [InlineData("{\"version\":1,\"cookies\":[null]}")]
    [InlineData("{\"version\":1,\"cookies\":[{\"name\":\"a\",\"value\":\"geheim\"}]}")]
    [InlineData("{\"version\":1,\"cookies\":[{\"name\":\"a\",\"value\":\"geheim\",\"domain\":\"x\",\"path\":\"/\",\"expires\":\"soon\"}]}")]
    [InlineData("{\"version\":1,\"cookies\":[{\"name\":\"a\",\"value\":geheim}]}")]
    public async Task Json_that_is_no_jar_is_refused(string text)
    {
        FormatException failure = await Assert.ThrowsAsync<FormatException>(async () => await CookieJar.LoadAsync(await WriteAsync(text), Policy));
        Assert.DoesNotContain("geheim", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_and_a_folder_say_so()
    {
        await Assert.ThrowsAsync<FileNotFoundException>(() => CookieJar.LoadAsync(PathOf("nothing")));
        await Assert.ThrowsAsync<IOException>(() => new CookieJar().SaveAsync(_folder.FullName));
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => new CookieJar().SaveAsync(PathOf("no/such/folder")));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new CookieJar().SaveAsync(PathOf("cancelled"), cancellationToken: new(canceled: true)));
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private async Task<string> WriteAsync(string text)
    {
        string path = PathOf("written");
        await File.WriteAllBytesAsync(path, Encoding.Latin1.GetBytes(text));
        return path;
    }
}
