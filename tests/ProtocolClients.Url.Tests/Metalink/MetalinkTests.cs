using System.Text;
using ProtocolClients.Fuzzing;

namespace ProtocolClients.UrlTests;

public sealed class MetalinkTests
{
    private const string Hash = "f0ad929cd259957e160ea442eb80986b5f01bc0d8e1d9c6d1b28b5b6f4d0c2c1";

    private static string Of(string content, string name = "a") =>
        $"<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\"><file name=\"{name}\">{content}</file></metalink>";

    [Fact]
    public void The_brief_example_of_RFC_5854_section_1_1()
    {
        MetalinkDocument document = MetalinkDocument.Parse("""
            <?xml version="1.0" encoding="UTF-8"?>
            <metalink xmlns="urn:ietf:params:xml:ns:metalink">
              <file name="example.ext">
                <size>14471447</size>
                <url>ftp://ftp.example.com/example.ext</url>
                <url>http://example.com/example.ext</url>
                <metaurl mediatype="torrent">
                http://example.com/example.ext.torrent</metaurl>
              </file>
            </metalink>
            """);
        MetalinkFile file = Assert.Single(document.Files);
        Assert.Equal(("example.ext", 14471447L), (file.Name, file.Size));
        Assert.Equal(["ftp://ftp.example.com/example.ext", "http://example.com/example.ext"], file.Urls.Select(url => url.Url.AbsoluteUri));
        // Neither https nor hashed.
        Assert.Empty(file.TrustedUrls);
    }

    [Fact]
    public void The_extensive_example_of_RFC_5854_section_1_1()
    {
        MetalinkDocument document = MetalinkDocument.Parse($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <metalink xmlns="urn:ietf:params:xml:ns:metalink">
              <published>2009-05-15T12:23:23Z</published>
              <file name="example.ext">
                <size>14471447</size>
                <identity>Example</identity>
                <version>1.0</version>
                <language>en</language>
                <description>
                A description of the example file for download.
                </description>
                <hash type="sha-256">{Hash}</hash>
                <url location="de" priority="1">ftp://ftp.example.com/example.ext</url>
                <url location="fr" priority="1">http://example.com/example.ext</url>
                <metaurl mediatype="torrent" priority="2">http://example.com/example.ext.torrent</metaurl>
              </file>
              <file name="example2.ext">
                <size>14471447</size>
                <identity>Example2</identity>
                <version>1.0</version>
                <language>en</language>
                <description>
                Another description for a second file.
                </description>
                <hash type="sha-256">{Hash}</hash>
                <url location="de" priority="1">ftp://ftp.example.com/example2.ext</url>
                <url location="fr" priority="1">http://example.com/example2.ext</url>
                <metaurl mediatype="torrent" priority="2">http://example.com/example2.ext.torrent</metaurl>
              </file>
            </metalink>
            """);
        Assert.Equal(new DateTimeOffset(2009, 5, 15, 12, 23, 23, TimeSpan.Zero), document.Published);
        Assert.Equal(["example.ext", "example2.ext"], document.Files.Select(file => file.Name));
        MetalinkFile first = document.Files[0];
        Assert.Equal(("Example", "1.0", "en"), (first.Identity, first.Version, first.Languages.Single()));
        Assert.Equal("sha256:" + Hash, first.Checksum!.ToString());
        Assert.Equal(("de", 1), (first.Urls[0].Location, first.Urls[0].Priority));
        Assert.Equal(["http://example.com/example.ext"], first.TrustedUrls.Select(url => url.AbsoluteUri));
    }

    [Fact]
    public async Task Priorities_order_the_places_and_the_strongest_hash_counts()
    {
        string xml = Of($"""
            <url priority="3">https://c/x</url><url>https://last/x</url><url priority="1">https://user:pass@a/x</url><url priority="x">no url</url>
            <hash type="md5">900150983cd24fb0d6963f7d28e17f72</hash><hash type="sha-256">{Hash}</hash><hash type="whirlpool">00</hash>
            <size>5</size><pieces length="2" type="sha-256"><hash>{Hash}</hash><hash>{Hash}</hash><hash>{Hash}</hash></pieces>
            <signature mediatype="application/pgp-signature">x</signature><x:own xmlns:x="urn:x"><x:deep><x:deeper/></x:deep></x:own>
            """);
        MetalinkFile file = (await MetalinkDocument.LoadAsync(new MemoryStream(Encoding.UTF8.GetBytes(xml)))).Files[0];
        Assert.Equal(["https://a/x", "https://c/x", "https://last/x"], file.Urls.Select(url => url.Url.AbsoluteUri));
        Assert.Equal("sha256", file.Checksum!.Algorithm);
        Assert.Equal((2, 3), (file.Pieces!.Length, file.Pieces.Checksums.Count));
    }

    [Fact]
    public void A_name_may_have_folders() => Assert.Equal("debian/main/Contents.gz", MetalinkDocument.Parse(Of("", "debian/main/Contents.gz")).Files[0].Name);

    [Theory]
    [InlineData("")]
    [InlineData("<html/>")]
    [InlineData("<metalink/>")]
    [InlineData("<metalink xmlns=\"http://www.metalinker.org/\" version=\"3.0\"/>")]
    [InlineData("<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\"/>")]
    [InlineData("<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\"><file name=\"a\">")]
    [InlineData("<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\"><file/></metalink>")]
    [InlineData("<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\"><file name=\"a\"/><file name=\"A\"/></metalink>")]
    [InlineData("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><metalink xmlns=\"urn:ietf:params:xml:ns:metalink\"><file name=\"a\">&x;</file></metalink>")]
    [InlineData("<!DOCTYPE a [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><metalink>&b;</metalink>")]
    public void What_is_no_Metalink_document_is_refused(string xml) => Assert.Throws<WireFormatException>(() => MetalinkDocument.Parse(xml));

    [Theory]
    [InlineData("<size>-1</size>")]
    [InlineData("<size>99999999999999999999</size>")]
    [InlineData("<hash type=\"sha-256\">00</hash>")]
    [InlineData("<pieces length=\"0\" type=\"sha-256\"><hash>" + Hash + "</hash></pieces>")]
    public void A_fact_that_cannot_be_right_is_refused(string content) => Assert.Throws<WireFormatException>(() => MetalinkDocument.Parse(Of(content)));

    [Fact]
    public void More_places_than_anyone_needs_are_refused()
    {
        var places = new StringBuilder();
        for (int i = 0; i < 1001; i++) places.Append("<url>https://a/x</url>");
        Assert.Throws<WireLimitException>(() => MetalinkDocument.Parse(Of(places.ToString())));
        Assert.Throws<WireLimitException>(() => MetalinkDocument.Parse(Of($"<identity>{new string('x', 70_000)}</identity>")));
    }

    [Fact]
    public void Whatever_comes_is_a_document_or_a_Wire_exception()
    {
        string good = Of($"<url priority=\"1\">https://a/x</url><hash type=\"sha-256\">{Hash}</hash><size>5</size><pieces length=\"5\" type=\"sha-256\"><hash>{Hash}</hash></pieces>");
        string[] splices = ["<", ">", "/", "\"", "&", "<url>", "</url>", "<file name=\"b\"/>", "]]>", "<![CDATA[", "\0", "ÿ", "9"];
        var random = new Random(5854);
        for (int round = 0; round < Fuzz.Count; round++)
        {
            var text = new StringBuilder(good);
            for (int i = random.Next(4); i >= 0; i--)
            {
                int at = random.Next(text.Length);
                if (random.Next(2) == 0) text.Remove(at, Math.Min(random.Next(1, 9), text.Length - at));
                else text.Insert(at, splices[random.Next(splices.Length)]);
            }

            try
            {
                MetalinkDocument.Parse(text.ToString());
            }
            catch (WireFormatException)
            {
            }
        }
    }

    // RFC 6249 §1.1, with a digest field as RFC 3230 has it.
    [Fact]
    public void The_example_of_RFC_6249_section_1_1()
    {
        var fields = new HttpFields(
        [
            new("Etag", "\"thvDyvhfIqlvFe+A9MYgxAfm1q5=\""),
            new("Link", "<http://www2.example.com/example.ext>; rel=duplicate"),
            new("Link", "<ftp://ftp.example.com/example.ext>; rel=duplicate"),
            new("Link", "<http://example.com/example.ext.torrent>; rel=describedby; type=\"application/x-bittorrent\""),
            new("Link", "<http://example.com/example.ext.meta4>; rel=describedby; type=\"application/metalink4+xml\""),
            new("Link", "<http://example.com/example.ext.asc>; rel=describedby; type=\"application/pgp-signature\""),
            new("Digest", "SHA-256=MWVkMWQxYTRiMzk5MDQ0MzI3NGU5NDEyZTk5OWY1ZGFmNzgyZTJlODYzYjRjYzFhOTlmNTQwYzI2M2QwM2U2MQ=="),
        ]);
        MetalinkHeaders read = MetalinkHeaders.Of(new Uri("http://www.example.com/example.ext"), fields);
        Assert.Equal(["http://www2.example.com/example.ext"], read.Mirrors.Select(mirror => mirror.Url.AbsoluteUri));
        Assert.Equal("http://example.com/example.ext.meta4", read.Document?.AbsoluteUri);
        Assert.Equal("sha256:1ed1d1a4b3990443274e9412e999f5daf782e2e863b4cc1a99f540c263d03e61", read.Checksum?.ToString());
    }

    [Fact]
    public void Links_of_one_field_are_ordered_by_priority_and_preference()
    {
        const string Field = "</b>; rel=\"x duplicate\"; pri=2; geo=GB, <https://c/x,y>; rel=duplicate;pri=2; pref, <//a/x>;rel=duplicate;pri=1 ,<https://d/>;rel=next, "
            + "<file:///etc/passwd>; rel=duplicate; pri=1, <https://u:p@e/>; rel=duplicate; title=\"a, <b>; rel=next\"";
        MetalinkHeaders read = MetalinkHeaders.Of(new Uri("https://h/dir/f"), new HttpFields([new("Link", Field)]));
        Assert.Equal(["https://a/x", "https://c/x,y", "https://h/b", "https://e/"], read.Mirrors.Select(mirror => mirror.Url.AbsoluteUri));
        Assert.Equal("gb", read.Mirrors[2].Location);
    }

    [Theory]
    [InlineData("<https://a/>; rel=duplicate; anchor=\"https://other/f\"", 0)]
    [InlineData("<https://a/>; rel=duplicate; anchor=\"https://h/dir/f\"", 1)]
    [InlineData("<https://a/>; rel=duplicate; anchor=\"f\"", 1)]
    [InlineData("<https://a/>; rel=duplicate; anchor=\"http://[\"", 0)]
    [InlineData("<https://a/>", 0)]
    [InlineData("noise, <https://a/>; rel=duplicate", 0)]
    public void A_link_that_speaks_of_another_resource_is_no_mirror(string field, int mirrors) =>
        Assert.Equal(mirrors, MetalinkHeaders.Of(new Uri("https://h/dir/f"), new HttpFields([new("Link", field)])).Mirrors.Count);
}
