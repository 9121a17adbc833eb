using ProtocolClients.Transport;

namespace ProtocolClients.UrlTests;

public sealed class FileNamesTests
{
    [Theory]
    [InlineData("http://h/a/b.txt", "b.txt")]
    [InlineData("http://h/a%20b.txt?x=/y#z/w", "a b.txt")]
    [InlineData("http://h/", "index.html")]
    [InlineData("http://h", "index.html")]
    [InlineData("https://h/dir/?q", "index.html")]
    [InlineData("http://h/%C3%A4", "ä")]
    [InlineData("http://h/.profile", ".profile")]
    [InlineData("file:///tmp/x.bin", "x.bin")]
    [InlineData("data:,hello/x", "download")]
    public void The_last_segment_of_the_URL_names_the_file(string url, string name) => Assert.Equal(name, FileNames.OfUrl(UrlText.Parse(url)));

    [Theory]
    [InlineData("http://h/..%2F..%2Fx")]
    [InlineData("http://h/a%5Cb")]
    [InlineData("http://h/C:x")]
    [InlineData("http://h/CON")]
    [InlineData("http://h/a%00b")]
    [InlineData("http://h/a%0Ab")]
    [InlineData("http://h/%E2%80%AEgpj.exe")]
    [InlineData("http://h/x%20")]
    public void A_segment_that_is_no_safe_name_is_refused(string url) => Assert.Throws<ArgumentException>(() => FileNames.OfUrl(UrlText.Parse(url)));

    [Fact]
    public void A_name_that_is_joined_of_two_fields_is_not_taken()
    {
        var twice = new HttpFields([new("Content-Disposition", "attachment; filename=a"), new("Content-Disposition", "attachment; filename=b")]);
        Assert.Equal("a", FileNames.Choose(FileNaming.ContentDisposition, new Uri("http://h/x"), new Uri("http://h/x"), twice));
    }

    [Theory]
    [InlineData("/d/a.txt", 0, "/d/a.txt")]
    [InlineData("/d/a.txt", 1, "/d/a (1).txt")]
    [InlineData("/d/a.tar.gz", 2, "/d/a (2).tar.gz")]
    [InlineData("/d.x/a", 3, "/d.x/a (3)")]
    [InlineData("/d/.profile", 1, "/d/.profile (1)")]
    public void Taken_names_are_numbered_before_the_extension(string path, int number, string expected) => Assert.Equal(expected, NumberedName.Of(path, number));

    [Fact]
    public void A_numbered_name_stays_within_255_bytes()
    {
        string numbered = NumberedName.Of("/d/" + string.Concat(Enumerable.Repeat("😀", 62)) + "a.txt", 1);
        Assert.True(SafeFileName.IsSafe(Path.GetFileName(numbered)));
        Assert.EndsWith(" (1).txt", numbered, StringComparison.Ordinal);
    }
}
