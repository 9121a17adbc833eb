namespace ProtocolClients.UrlTests;

public sealed class FileUrlTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("file-urls-").FullName;
    private readonly UrlOpener _opener = new(new() { AllowFile = true });

    private string Root => "file://" + Url.Quote(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("file:")]
    [InlineData("file://")]
    [InlineData("FILE://LOCALHOST")]
    public async Task This_machine_is_meant_by_no_host_or_by_its_own(string start)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "x"), "here");
        Assert.Equal("here", await _opener.ReadTextAsync($"{start}{_folder}/x"));
        Assert.Equal("here", await _opener.ReadTextAsync($"file://{Environment.MachineName}{_folder}/x"));
    }

    [Theory]
    [InlineData("file://example.org/etc/passwd", "another host")]
    [InlineData("file://127.0.0.1/etc/passwd", "another host")]
    [InlineData("file:////server/share", "two slashes")]
    [InlineData("file:///.//server/share", "two slashes")]
    [InlineData("file://user@localhost/etc/passwd", "neither a user")]
    [InlineData("file://localhost:80/etc/passwd", "neither a user")]
    [InlineData("file:///etc/passwd?x", "no query")]
    [InlineData("file:///etc%2fpasswd", "encoded slash")]
    [InlineData("file:///etc%5Cpasswd", "encoded slash")]
    [InlineData("file:///etc/passwd%00.txt", "%00")]
    [InlineData("file:///etc/%2e%2e/passwd", "dot segment")]
    [InlineData("file:///etc/%FF", "UTF-8")]
    [InlineData("file:etc/passwd", "begins with a slash")]
    public async Task A_url_that_names_no_file_of_this_machine_is_refused_with_the_reason(string url, string reason)
    {
        Assert.Contains(reason, (await Assert.ThrowsAsync<ArgumentException>(() => _opener.OpenAsync(url))).Message, StringComparison.Ordinal);
        Assert.Contains(reason, (await Assert.ThrowsAsync<ArgumentException>(() => _opener.StatAsync(url))).Message, StringComparison.Ordinal);
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => _opener.ListAsync(url)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listing_names_each_entry_by_one_segment_and_a_url_that_opens_it()
    {
        string[] names = ["plain.txt", "a b#c?d%41.txt", "\u00FCml\u00E4ut", "C:", "%2F", "..."];
        foreach (string name in names) await File.WriteAllTextAsync(Path.Combine(_folder, name), name);
        Directory.CreateDirectory(Path.Combine(_folder, "sub folder"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "sub folder", "inner"), "inner");
        var entries = new List<UrlEntry>();
        await foreach (UrlEntry entry in _opener.ListAsync(Root)) entries.Add(entry);
        Assert.Equal([.. names.Append("sub folder").Order(StringComparer.Ordinal)], entries.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        foreach (UrlEntry entry in entries.Where(entry => !entry.IsFolder))
        {
            Assert.Equal(entry.Name, await _opener.ReadTextAsync(entry.Url.OriginalString));
            Assert.Equal(entry.Length, (await _opener.StatAsync(entry.Url.OriginalString)).Length);
        }

        UrlEntry folder = Assert.Single(entries, entry => entry.IsFolder);
        Assert.Null(folder.Length);
        Assert.EndsWith("/sub%20folder/", folder.Url.AbsoluteUri, StringComparison.Ordinal);
        await foreach (UrlEntry entry in _opener.ListAsync(folder.Url.OriginalString)) Assert.Equal("inner", await _opener.ReadTextAsync(entry.Url.OriginalString));
    }

    [Fact]
    public async Task A_folder_that_looks_like_a_drive_is_below_the_root()
    {
        FileNotFoundException missing = await Assert.ThrowsAsync<FileNotFoundException>(() => _opener.StatAsync("file:///C:/x"));
        Assert.Equal(OperatingSystem.IsWindows() ? "C:/x" : "/C:/x", missing.FileName);
    }

    [Fact]
    public async Task What_is_missing_or_of_another_kind_is_said()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "x"), "here");
        Assert.Contains("ListAsync", (await Assert.ThrowsAsync<IOException>(() => _opener.OpenAsync(Root))).Message, StringComparison.Ordinal);
        Assert.Contains("OpenAsync", Assert.Throws<IOException>(() => _opener.ListAsync(Root + "/x")).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<FileNotFoundException>(() => _opener.OpenAsync(Root + "/y"));
        await Assert.ThrowsAsync<FileNotFoundException>(() => _opener.StatAsync(Root + "/y"));
        Assert.Throws<DirectoryNotFoundException>(() => _opener.ListAsync(Root + "/y"));
        UrlInfo info = await _opener.StatAsync(Root);
        Assert.Null(info.Length);
        Assert.NotNull(info.LastModified);
    }
}
