using ProtocolClients.HttpTests;
using ProtocolClients.Transport;

namespace ProtocolClients.UrlTests;

public sealed class IndexPageTests
{
    private const string Nginx = "<html>\r\n<head><title>Index of /pub/</title></head>\r\n<body>\r\n<h1>Index of /pub/</h1><hr><pre><a href=\"../\">../</a>\r\n"
        + "<a href=\"sub/\">sub/</a>                                               28-Oct-2026 09:11                   -\r\n"
        + "<a href=\"a%20b.txt\">a b.txt</a>                                          01-Feb-2025 23:59             1234567\r\n</pre><hr></body>\r\n</html>\r\n";

    private const string Apache = """
        <tr><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th></tr>
        <tr><td valign="top"><img src="/icons/back.gif" alt="[PARENTDIR]"></td><td><a href="/">Parent Directory</a></td></tr>
        <tr><td><A class="x" HREF = 'x&amp;y.gz' >x&amp;y.gz</A></td><td align="right">2026-10-28 09:11  </td><td align="right">1.2K</td></tr>
        <tr><td><a href=plain.txt>plain.txt</a></td></tr>
        <abbr href="no.txt">x</abbr><a name="top">top</a>
        """;

    private static string[] Names(string html, string url = "http://h/pub/") => [.. IndexPage.Read(new Uri(url), html).Select(entry => entry.Name + (entry.IsFolder ? "/" : ""))];

    [Fact]
    public void A_page_of_nginx_has_exact_facts()
    {
        UrlEntry[] entries = [.. IndexPage.Read(new Uri("http://h/pub/"), Nginx)];
        Assert.Equal(["sub", "a b.txt"], entries.Select(entry => entry.Name));
        Assert.Equal((true, null), (entries[0].IsFolder, entries[0].Length));
        Assert.Equal((false, 1234567L, new DateTimeOffset(2025, 2, 1, 23, 59, 0, TimeSpan.Zero)), (entries[1].IsFolder, entries[1].Length, entries[1].LastModified));
        Assert.Equal("http://h/pub/a%20b.txt", entries[1].Url.AbsoluteUri);
    }

    [Fact]
    public void A_page_of_Apache_has_names() => Assert.Equal(["x&y.gz", "plain.txt"], Names(Apache));

    [Theory]
    [InlineData("../x")]
    [InlineData("/x")]
    [InlineData("//other/pub/x")]
    [InlineData("https://h/pub/x")]
    [InlineData("http://h:81/pub/x")]
    [InlineData("file:///pub/x")]
    [InlineData("javascript:alert(1)")]
    [InlineData("x/y")]
    [InlineData("x/../../y")]
    [InlineData("..%2Fx")]
    [InlineData("%2e%2e/x")]
    [InlineData("a%5Cb")]
    [InlineData("C:x")]
    [InlineData("CON")]
    [InlineData("a%00b")]
    [InlineData("a%0Ab")]
    [InlineData("./")]
    [InlineData("")]
    [InlineData("x?y")]
    [InlineData("#x")]
    public void A_link_that_is_no_safe_name_below_the_page_is_passed_over(string link) =>
        Assert.Equal(["good"], Names($"<a href=\"{link}\">bad</a> <a href=\"good\">good</a> <a href=\"./good\">again</a>"));

    [Theory]
    [InlineData("<a")]
    [InlineData("<a href")]
    [InlineData("<a href=")]
    [InlineData("<a href=\"x")]
    [InlineData("<a href=\"x>")]
    [InlineData("<a href=>x")]
    [InlineData("<a\thref='>")]
    public void A_broken_page_is_no_failure(string html) => Assert.Empty(Names(html));

    [Fact]
    public async Task The_opener_lists_what_a_server_made_of_a_folder_and_nothing_else()
    {
        await using var server = new RawServer((head, stream, stop) => RawServer.WriteAsync(
            stream, $"HTTP/1.1 200 OK\r\nContent-Type: {(head.Contains("/text", StringComparison.Ordinal) ? "text/plain" : "text/html")}\r\nContent-Length: {Nginx.Length}\r\n\r\n{Nginx}", stop));
        await using var opener = new UrlOpener(new UrlOpenerOptions { Transport = TransportOptions.Default with { Proxy = ProxyOptions.None } });
        var names = new List<string>();
        await foreach (UrlEntry entry in opener.ListAsync(server.Url + "/pub/")) names.Add(entry.Name);
        Assert.Equal(["sub", "a b.txt"], names);
        await Assert.ThrowsAsync<NotSupportedException>(async () =>
        {
            await foreach (UrlEntry _ in opener.ListAsync(server.Url + "/text")) Assert.Fail("a text has no entries");
        });
    }
}
