using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>RFC 6797: what is heeded, what is upgraded, what stands in files.</summary>
public sealed class HstsStoreTests : IDisposable
{
    private readonly VirtualTime _time = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hsts-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("max-age=31536000", 31536000, false)]
    [InlineData("max-age=15768000 ; includeSubDomains", 15768000, true)]
    [InlineData("max-age=\"31536000\"", 31536000, false)]
    [InlineData("includeSubDomains; MAX-AGE=5", 5, true)]
    [InlineData(";; max-age=5 ;;", 5, false)]
    [InlineData("max-age=5; preload; other=\"a;b\\\"c\"", 5, false)]
    [InlineData("max-age = 5", 5, false)]
    public void A_sound_field_is_heeded(string field, int seconds, bool all)
    {
        var store = new HstsStore(_time);
        Assert.True(store.Learn(new Uri("https://example.com/"), field));
        Assert.Equal(new HstsHost("example.com", all, _time.GetUtcNow().AddSeconds(seconds)), Assert.Single(store.Hosts));
    }

    [Theory]
    [InlineData("")]
    [InlineData("includeSubDomains")]
    [InlineData("max-age")]
    [InlineData("max-age=")]
    [InlineData("max-age=-1")]
    [InlineData("max-age=1.5")]
    [InlineData("max-age=abc")]
    [InlineData("max-age=5; max-age=6")]
    [InlineData("max-age=5; includeSubDomains; includesubdomains")]
    [InlineData("max-age=5; includeSubDomains=1")]
    [InlineData("max-age=5, max-age=6")]
    [InlineData("max-age=\"5")]
    [InlineData("max-age=5 6")]
    [InlineData("max-age=5; a b")]
    [InlineData("max-age=5; \"x\"")]
    public void A_field_that_is_not_sound_is_ignored_whole(string field)
    {
        var store = new HstsStore(_time);
        Assert.False(store.Learn(new Uri("https://example.com/"), field));
        Assert.Empty(store.Hosts);
    }

    [Fact]
    public void An_entry_ends_by_the_clock_is_renewed_and_is_removed_by_zero()
    {
        var store = new HstsStore(_time);
        var url = new Uri("https://example.com/");
        store.Learn(url, "max-age=10; includeSubDomains");
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.True(store.IsKnown("example.com"));
        store.Learn(url, "max-age=10");
        Assert.False(store.IsKnown("www.example.com"));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.True(store.IsKnown("EXAMPLE.com."));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(store.IsKnown("example.com"));
        Assert.Empty(store.Hosts);
        store.Learn(url, "max-age=99999999999999999999999");
        Assert.Equal(DateTimeOffset.MaxValue, Assert.Single(store.Hosts).Expires);
        Assert.True(store.Learn(url, "max-age=0"));
        Assert.False(store.IsKnown("example.com"));
    }

    [Theory]
    [InlineData("http://example.com/a?b#c", "https://example.com/a?b#c")]
    [InlineData("http://example.com:80/", "https://example.com/")]
    [InlineData("http://example.com:8080/", "https://example.com:8080/")]
    [InlineData("http://www.example.com/", "https://www.example.com/")]
    [InlineData("http://user@a.b.example.com/", "https://user@a.b.example.com/")]
    [InlineData("https://example.com/", "https://example.com/")]
    [InlineData("http://badexample.com/", "http://badexample.com/")]
    [InlineData("http://com/", "http://com/")]
    [InlineData("http://sub.single.org/", "http://sub.single.org/")]
    [InlineData("http://single.org/", "https://single.org/")]
    [InlineData("ftp://example.com/", "ftp://example.com/")]
    public void A_URL_of_a_known_host_is_upgraded(string url, string upgraded)
    {
        var store = new HstsStore(_time);
        store.Add("example.com", includeSubDomains: true);
        store.Add("single.org", expires: _time.GetUtcNow().AddDays(1));
        Assert.Equal(upgraded, store.Upgrade(new Uri(url)).AbsoluteUri);
    }

    [Fact]
    public async Task A_store_survives_a_file_in_curls_format()
    {
        var store = new HstsStore(_time);
        store.Add("b\u00fccher.example", includeSubDomains: true, _time.GetUtcNow().AddDays(10));
        store.Add("preloaded.example");
        store.Learn(new Uri("https://a.example/"), "max-age=60");
        string path = Path.Combine(_folder.FullName, "hsts.txt");
        await store.SaveAsync(path);
        Assert.Equal(
            ["a.example \"20260601 12:01:00\"", "preloaded.example \"unlimited\"", ".xn--bcher-kva.example \"20260611 12:00:00\""],
            (await File.ReadAllLinesAsync(path)).Where(line => !line.StartsWith('#')));
        HstsStore read = await HstsStore.LoadAsync(path, _time);
        Assert.Equal(store.Hosts, read.Hosts);
        Assert.True(read.IsKnown("www.B\u00dcCHER.example"));
        Assert.True(read.Remove("preloaded.example"));
        Assert.False(read.Remove("preloaded.example"));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

        foreach (string line in (string[])["example.com", "example.com 20260601", "10.0.0.1 \"unlimited\"", "a b \"unlimited\"", "x \"2026\"", "a..b \"unlimited\""])
        {
            await File.WriteAllTextAsync(path, "# a\n" + line + "\n");
            FormatException failure = await Assert.ThrowsAsync<FormatException>(() => HstsStore.LoadAsync(path));
            Assert.Contains("Line 2 ", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_full_store_loses_what_ends_first()
    {
        var store = new HstsStore(_time, limit: 2);
        store.Add("a.example", expires: _time.GetUtcNow().AddDays(2));
        store.Add("b.example", expires: _time.GetUtcNow().AddDays(1));
        store.Add("c.example", expires: _time.GetUtcNow().AddDays(3));
        Assert.Equal(["a.example", "c.example"], store.Hosts.Select(host => host.Host));
        Assert.Throws<ArgumentException>(() => store.Add("10.0.0.1"));
        Assert.Throws<ArgumentException>(() => store.Add("a..b"));
    }
}
