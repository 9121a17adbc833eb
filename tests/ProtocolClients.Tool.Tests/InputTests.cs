using ProtocolClients.Fuzzing;

namespace ProtocolClients.Tool.Tests;

/// <summary>Patterns and lists of URLs, and numbers that a person typed.</summary>
public sealed class InputTests
{
    private static async Task<List<InputItem>> ReadAsync(string text) => await InputList.ReadAsync(new StringReader(text), default);

    [Theory]
    [InlineData("http://h/a", "http://h/a")]
    [InlineData("http://h/{a,b}", "http://h/a http://h/b")]
    [InlineData("http://h/{a,}.txt", "http://h/a.txt http://h/.txt")]
    [InlineData("http://h/[1-3]", "http://h/1 http://h/2 http://h/3")]
    [InlineData("http://h/[08-10]", "http://h/08 http://h/09 http://h/10")]
    [InlineData("http://h/[001-5:2]", "http://h/001 http://h/003 http://h/005")]
    [InlineData("http://h/[a-c]", "http://h/a http://h/b http://h/c")]
    [InlineData("http://h/[A-G:3]", "http://h/A http://h/D http://h/G")]
    [InlineData("http://{a,b}.h/[1-2]", "http://a.h/1 http://a.h/2 http://b.h/1 http://b.h/2")]
    [InlineData("http://h/\\[1-2\\]\\{x\\}", "http://h/[1-2]{x}")]
    [InlineData("http://[::1]/[1-2]", "http://[::1]/1 http://[::1]/2")]
    [InlineData("http://u@[fe80::1%25eth0]:80/x", "http://u@[fe80::1%25eth0]:80/x")]
    public void A_pattern_stands_for_its_URLs(string pattern, string urls) => Assert.Equal(urls.Split(' '), UrlGlob.Expand(pattern).Select(url => url.Url));

    [Theory]
    [InlineData("http://h/[")]
    [InlineData("http://h/{a,b")]
    [InlineData("http://h/a]")]
    [InlineData("http://h/a}")]
    [InlineData("http://h/[]")]
    [InlineData("http://h/{}")]
    [InlineData("http://h/[3-1]")]
    [InlineData("http://h/[a-C]")]
    [InlineData("http://h/[1-2:0]")]
    [InlineData("http://h/[1-2:x]")]
    [InlineData("http://h/[-1-2]")]
    [InlineData("http://h/{a,{b}}")]
    [InlineData("http://h/[1-100001]")]
    [InlineData("http://h/[1-1000][1-101]")]
    [InlineData("http://h/[1-9223372036854775807]")]
    [InlineData("http://h/{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}{a}")]
    public void A_pattern_that_is_none_is_refused(string pattern) => Assert.Throws<UsageException>(() => UrlGlob.Expand(pattern));

    [Fact]
    public void What_the_sets_gave_names_the_file() => Assert.Equal("b-2-#3.txt", UrlGlob.Fill("#1-#2-#3.txt", UrlGlob.Expand("http://h/{a,b}/[1-2]")[3].Values));

    [Fact]
    public async Task A_list_has_URLs_mirrors_and_options()
    {
        List<InputItem> items = await ReadAsync(
            "# comment\r\n\r\nhttp://h/a\thttp://m/a\t\n  out=b.txt\n\tchecksum=md5:900150983cd24fb0d6963f7d28e17f72\n  # indented comment\nhttp://h/[1-2]  ");
        Assert.Equal(2, items.Count);
        Assert.Equal(["http://h/a", "http://m/a"], items[0].Urls);
        Assert.Equal(("b.txt", "md5:900150983cd24fb0d6963f7d28e17f72"), (items[0].Name, items[0].Checksum!.ToString()));
        Assert.Equal(["http://h/[1-2]"], items[1].Urls);
    }

    [Theory]
    [InlineData("", "no URL")]
    [InlineData("# nothing", "no URL")]
    [InlineData("  out=a", "Line 1")]
    [InlineData("http://h/\n  out=../a", "Line 2")]
    [InlineData("http://h/\n  out=/a", "Line 2")]
    [InlineData("http://h/\n  frob=1", "Line 2")]
    [InlineData("http://h/\n  frob", "Line 2")]
    [InlineData("http://h/\n\n  checksum=x", "Line 3")]
    [InlineData("-o", "Line 1")]
    public async Task A_list_that_is_none_is_refused_with_its_line(string text, string word) =>
        Assert.Contains(word, (await Assert.ThrowsAsync<UsageException>(() => ReadAsync(text))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("1", 1)]
    [InlineData("10k", 10 * 1024)]
    [InlineData("2M", 2 * 1024 * 1024)]
    [InlineData("1.5G", 3L * 512 * 1024 * 1024)]
    public void Sizes_have_units(string text, long bytes)
    {
        Assert.True(Numbers.TrySize(text, out long value));
        Assert.Equal(bytes, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("k")]
    [InlineData("1,5M")]
    [InlineData("1KB")]
    [InlineData("99999999999999T")]
    [InlineData("1000000000000T")]
    public void What_is_no_size_is_none(string text) => Assert.False(Numbers.TrySize(text, out _));

    [Fact]
    public async Task Any_pattern_and_any_list_is_read_or_refused()
    {
        string[] seeds = ["http://h/{a,b}/[1-3:2]x[a-c]", "http://[::1]/[001-3]", "# c\nhttp://h/a\thttp://m/a\n  out=b.txt\n\tchecksum=md5:900150983cd24fb0d6963f7d28e17f72\n"];
        string[] splices = ["[", "]", "{", "}", ",", "-", ":", "\\", "#1", "9", "99999999999999999999", "out=", "../", "\t", "\n", "\0", " ", "checksum=", "http://"];
        var random = new Random(1738);
        int read = 0;
        for (int round = 0; round < Fuzz.Count / 10; round++)
        {
            string text = Fuzz.Mutated(random, seeds[random.Next(seeds.Length)], splices);
            try
            {
                foreach ((string url, string[] values) in UrlGlob.Expand(text)) UrlGlob.Fill("#1-#2", values);
                read++;
            }
            catch (UsageException)
            {
                // The one way in which it is refused.
            }

            try
            {
                foreach (InputItem item in await ReadAsync(text)) Assert.NotEmpty(item.Urls);
            }
            catch (UsageException)
            {
                // The one way in which it is refused.
            }
        }

        Assert.InRange(read, Fuzz.Count / 100, Fuzz.Count / 10);
    }
}
