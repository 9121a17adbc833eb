namespace ProtocolClients.HttpTests;

/// <summary>The published vectors of the Public Suffix List, and its rules at work.</summary>
public class PublicSuffixListTests
{
    [Theory]
    [InlineData("COM", null)]
    [InlineData("example.COM", "example.com")]
    [InlineData("WwW.example.COM", "example.com")]
    [InlineData(".com", null)]
    [InlineData(".example", null)]
    [InlineData(".example.com", null)]
    [InlineData(".example.example", null)]
    [InlineData("example", null)]
    [InlineData("example.example", "example.example")]
    [InlineData("b.example.example", "example.example")]
    [InlineData("a.b.example.example", "example.example")]
    [InlineData("biz", null)]
    [InlineData("domain.biz", "domain.biz")]
    [InlineData("b.domain.biz", "domain.biz")]
    [InlineData("a.b.domain.biz", "domain.biz")]
    [InlineData("com", null)]
    [InlineData("example.com", "example.com")]
    [InlineData("a.b.example.com", "example.com")]
    [InlineData("uk.com", null)]
    [InlineData("example.uk.com", "example.uk.com")]
    [InlineData("a.b.example.uk.com", "example.uk.com")]
    [InlineData("test.ac", "test.ac")]
    [InlineData("mm", null)]
    [InlineData("c.mm", null)]
    [InlineData("b.c.mm", "b.c.mm")]
    [InlineData("a.b.c.mm", "b.c.mm")]
    [InlineData("jp", null)]
    [InlineData("test.jp", "test.jp")]
    [InlineData("www.test.jp", "test.jp")]
    [InlineData("ac.jp", null)]
    [InlineData("test.ac.jp", "test.ac.jp")]
    [InlineData("www.test.ac.jp", "test.ac.jp")]
    [InlineData("kyoto.jp", null)]
    [InlineData("test.kyoto.jp", "test.kyoto.jp")]
    [InlineData("ide.kyoto.jp", null)]
    [InlineData("b.ide.kyoto.jp", "b.ide.kyoto.jp")]
    [InlineData("a.b.ide.kyoto.jp", "b.ide.kyoto.jp")]
    [InlineData("c.kobe.jp", null)]
    [InlineData("b.c.kobe.jp", "b.c.kobe.jp")]
    [InlineData("a.b.c.kobe.jp", "b.c.kobe.jp")]
    [InlineData("city.kobe.jp", "city.kobe.jp")]
    [InlineData("www.city.kobe.jp", "city.kobe.jp")]
    [InlineData("ck", null)]
    [InlineData("test.ck", null)]
    [InlineData("b.test.ck", "b.test.ck")]
    [InlineData("a.b.test.ck", "b.test.ck")]
    [InlineData("www.ck", "www.ck")]
    [InlineData("www.www.ck", "www.ck")]
    [InlineData("us", null)]
    [InlineData("test.us", "test.us")]
    [InlineData("ak.us", null)]
    [InlineData("test.ak.us", "test.ak.us")]
    [InlineData("k12.ak.us", null)]
    [InlineData("test.k12.ak.us", "test.k12.ak.us")]
    [InlineData("www.test.k12.ak.us", "test.k12.ak.us")]
    [InlineData("\u98df\u72ee.com.cn", "xn--85x722f.com.cn")]
    [InlineData("\u98df\u72ee.\u516c\u53f8.cn", "xn--85x722f.xn--55qx5d.cn")]
    [InlineData("www.\u98df\u72ee.\u516c\u53f8.cn", "xn--85x722f.xn--55qx5d.cn")]
    [InlineData("shishi.\u516c\u53f8.cn", "shishi.xn--55qx5d.cn")]
    [InlineData("\u516c\u53f8.cn", null)]
    [InlineData("\u98df\u72ee.\u4e2d\u56fd", "xn--85x722f.xn--fiqs8s")]
    [InlineData("shishi.\u4e2d\u56fd", "shishi.xn--fiqs8s")]
    [InlineData("\u4e2d\u56fd", null)]
    [InlineData("xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn")]
    [InlineData("xn--55qx5d.cn", null)]
    [InlineData("xn--fiqs8s", null)]
    [InlineData("192.168.1.1", null)]
    [InlineData("[2001:db8::1]", null)]
    [InlineData("", null)]
    public void The_published_vectors_hold(string host, string? domain) => Assert.Equal(domain, PublicSuffixList.Default.RegistrableDomainOf(host));

    [Theory]
    [InlineData("www.example.co.uk", "co.uk", true)]
    [InlineData("a.b.github.io", "github.io", false)]
    [InlineData("x.y.compute.amazonaws.com", "y.compute.amazonaws.com", false)]
    [InlineData("www.unlisted", "unlisted", true)]
    [InlineData("10.0.0.1", null, false)]
    public void A_suffix_is_a_registrys_or_an_owners(string host, string? suffix, bool ofRegistry)
    {
        Assert.Equal(suffix, PublicSuffixList.Default.PublicSuffixOf(host));
        Assert.Equal(ofRegistry, PublicSuffixList.Default.IsRegistrySuffix(host));
        Assert.Equal(suffix is not null, suffix is not null && PublicSuffixList.Default.IsPublicSuffix(suffix));
    }

    [Fact]
    public void A_list_of_ones_own_is_read_as_published()
    {
        PublicSuffixList list = PublicSuffixList.Parse("""
            // ===BEGIN ICANN DOMAINS===
            one  comment after a blank
            *.two
            !three.two
            b\u00fccher
            odd.*.rule
            // ===BEGIN PRIVATE DOMAINS===
            owner.one
            """.Replace("\\u00fc", "\u00fc", StringComparison.Ordinal));
        Assert.Equal("a.one", list.RegistrableDomainOf("x.a.one"));
        Assert.Equal("a.b.two", list.RegistrableDomainOf("x.a.b.two"));
        Assert.Equal("three.two", list.RegistrableDomainOf("x.three.two"));
        Assert.True(list.IsPublicSuffix("B\u00dcCHER"));
        Assert.Equal("owner.one", list.PublicSuffixOf("a.owner.one"));
        Assert.False(list.IsRegistrySuffix("a.owner.one"));
        Assert.True(list.IsRegistrySuffix("a.one"));
    }

    [Fact]
    public async Task A_newer_file_takes_the_place_of_the_snapshot()
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "example.com\n");
            PublicSuffixList list = await PublicSuffixList.LoadAsync(path);
            Assert.Equal("a.example.com", list.RegistrableDomainOf("b.a.example.com"));
            await File.WriteAllTextAsync(path, "// nothing\n");
            await Assert.ThrowsAsync<FormatException>(() => PublicSuffixList.LoadAsync(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_question_allocates_nothing()
    {
        Assert.True(PublicSuffixList.Default.SuffixLength("a.b.c.example.co.uk") == 5);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int length = 0;
        for (int i = 0; i < 1000; i++) length += PublicSuffixList.Default.Registrable("a.b.c.example.co.uk").Length;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(13_000, length);
    }
}
