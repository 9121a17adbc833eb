using System.Text;
using ProtocolClients.Fuzzing;

namespace ProtocolClients.UrlTests;

/// <summary>RFC 6266, RFC 8187, and what servers make of them.</summary>
public sealed class ContentDispositionTests
{
    [Theory]
    [InlineData("Attachment; filename=example.html", "attachment", "example.html")]
    [InlineData("INLINE; FILENAME= \"an example.html\"", "inline", "an example.html")]
    [InlineData("attachment; filename*= UTF-8''%e2%82%ac%20rates", "attachment", "€ rates")]
    [InlineData("attachment; filename=\"EURO rates\"; filename*=utf-8''%e2%82%ac%20rates", "attachment", "€ rates")]
    public void The_examples_of_RFC_6266_section_5(string field, string type, string name) =>
        Assert.Equal(new ContentDisposition(type, name), ContentDisposition.Parse(field));

    [Theory]
    [InlineData("attachment; filename*=UTF-8''%c2%a3%20and%20%e2%82%ac%20rates", "£ and € rates")]
    [InlineData("attachment; filename*=iso-8859-1'en'%A3%20rates", "£ rates")]
    [InlineData("attachment; filename*=UTF-8'en-US'Economy", "Economy")]
    public void The_examples_of_RFC_8187_section_3(string field, string name) => Assert.Equal(name, ContentDisposition.Parse(field).FileName);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("inline")]
    [InlineData("\"inline\"")]
    [InlineData("attachment")]
    [InlineData("ATTACHMENT")]
    [InlineData("attachment;")]
    [InlineData("attachment; filename=")]
    [InlineData("attachment; filename=\"\"")]
    [InlineData("attachment; filename")]
    [InlineData("attachment; name=\"foo-%41.html\"")]
    [InlineData("attachment; xfilename=foo.html")]
    [InlineData("attachment; example=\"filename=example.txt\"")]
    [InlineData("attachment; example=\"x; filename=example.txt\"")]
    [InlineData("\"foo; filename=bar;baz\"")]
    [InlineData("attachment; foo=foo filename=bar")]
    [InlineData("attachment filename=bar")]
    [InlineData("attachment; filename*0=\"foo.\"; filename*1=\"html\"")]
    [InlineData("attachment; filename*0*=UTF-8''foo-%c3%a4; filename*1=\".html\"")]
    [InlineData("attachment; creation-date=\"Wed, 12 Feb 1997 16:29:51 -0500\"")]
    [InlineData("attachment; filename=\"=?ISO-8859-1?Q?foo-=E4.html?=\"")]
    [InlineData("attachment; filename==?ISO-8859-1?Q?foo-=E4.html?=")]
    public void A_field_without_a_name_has_none(string? field) => Assert.Null(ContentDisposition.Parse(field).FileName);

    // The families of cases that browsers are compared by.
    [Theory]
    [InlineData("inline; filename=\"foo.html\"", "foo.html")]
    [InlineData("inline; filename=\"Not an attachment!\"", "Not an attachment!")]
    [InlineData("attachment; filename=\"0000000000111111111122222222223333\"", "0000000000111111111122222222223333")]
    [InlineData("attachment; filename=\"f\\oo.html\"", "foo.html")]
    [InlineData("attachment; filename=\"\\\"quoting\\\" tested.html\"", "\"quoting\" tested.html")]
    [InlineData("attachment; filename=\"Here's a semicolon;.html\"", "Here's a semicolon;.html")]
    [InlineData("attachment; foo=\"bar\"; filename=\"foo.html\"", "foo.html")]
    [InlineData("attachment; foo=\"\\\"\\\\\";filename=\"foo.html\"", "foo.html")]
    [InlineData("attachment; FILENAME=\"foo.html\"", "foo.html")]
    [InlineData("attachment; filename=foo,bar.html", "foo,bar.html")]
    [InlineData("attachment; filename=foo.html ;", "foo.html")]
    [InlineData("attachment; ;filename=foo", "foo")]
    [InlineData("attachment; filename=foo bar.html", "foo bar.html")]
    [InlineData("attachment; filename='foo.bar'", "'foo.bar'")]
    [InlineData("attachment; filename=\"foo-ä.html\"", "foo-ä.html")]
    [InlineData("attachment; filename=\"foo-Ã¤.html\"", "foo-ä.html")]
    [InlineData("attachment; filename=foo-Ã¤.html", "foo-ä.html")]
    [InlineData("attachment; filename=\"foo-%41.html\"", "foo-%41.html")]
    [InlineData("attachment; filename=\"50%.html\"", "50%.html")]
    [InlineData("attachment; filename=\"foo-%\\41.html\"", "foo-%41.html")]
    [InlineData("attachment; filename=\"foo-%c3%a4-%e2%82%ac.html\"", "foo-ä-€.html")]
    [InlineData("attachment; filename=%E4%B8%AD%E6%96%87%20a.txt", "中文 a.txt")]
    [InlineData("attachment; filename=\"foo-%e4.html\"", "foo-%e4.html")]
    [InlineData("attachment; filename =\"foo.html\"", "foo.html")]
    [InlineData("attachment; filename=\"foo.html\"; filename=\"bar.html\"", "foo.html")]
    [InlineData("attachment; filename=foo[1](2).html", "foo[1](2).html")]
    [InlineData("filename=foo.html", "foo.html")]
    [InlineData("x=y; filename=foo.html", "foo.html")]
    [InlineData("\"foo; filename=bar;baz\"; filename=qux", "qux")]
    [InlineData("; filename=foo.html", "foo.html")]
    [InlineData(": inline; attachment; filename=foo.html", "foo.html")]
    [InlineData("inline; attachment; filename=foo.html", "foo.html")]
    [InlineData("attachment; inline; filename=foo.html", "foo.html")]
    [InlineData("attachment; filename=\"foo.html\".txt", "foo.html")]
    [InlineData("attachment; filename=\"bar", "bar")]
    [InlineData("attachment; filename=\"bar\\", "bar\\")]
    [InlineData("filename=foo.html; attachment", "foo.html")]
    [InlineData("attachment; filename=\"/foo.html\"", "/foo.html")]
    [InlineData("attachment; filename=\"\\\\foo.html\"", "\\foo.html")]
    [InlineData("foobar; filename=\"foo.html\"", "foo.html")]
    [InlineData("attachment; filename*=iso-8859-1''foo-%E4.html", "foo-ä.html")]
    [InlineData("attachment; filename*=UTF-8''foo-a%cc%88.html", "foo-a\u0308.html")]
    [InlineData("attachment; filename*= UTF-8''foo-%c3%a4.html", "foo-ä.html")]
    [InlineData("attachment; filename* =UTF-8''foo-%c3%a4.html", "foo-ä.html")]
    [InlineData("attachment; filename*=\"UTF-8''foo-%c3%a4.html\"", "foo-ä.html")]
    [InlineData("attachment; filename*=UTF-8''A-%2541.html", "A-%41.html")]
    [InlineData("attachment; filename*=UTF-8''%5cfoo.html", "\\foo.html")]
    [InlineData("attachment; filename=\"foo-ae.html\"; filename*=UTF-8''foo-%c3%a4.html", "foo-ä.html")]
    [InlineData("attachment; filename*=UTF-8''foo-%c3%a4.html; filename=\"foo-ae.html\"", "foo-ä.html")]
    [InlineData("attachment; filename*0*=ISO-8859-15''euro-sign%3d%a4; filename*=ISO-8859-1''currency-sign%3d%a4", "currency-sign=¤")]
    [InlineData("attachment; foobar=x; filename=\"foo.html\"", "foo.html")]
    public void Names_are_read_as_they_are_meant(string field, string name) => Assert.Equal(name, ContentDisposition.Parse(field).FileName);

    [Theory]
    [InlineData("filename*=''foo-%c3%a4.html")]
    [InlineData("filename*=iso-8859-1''foo-%c3%a4-%e2%82%ac.html")]
    [InlineData("filename*=utf-8''foo-%E4.html")]
    [InlineData("filename *=UTF-8''foo-%c3%a4.html")]
    [InlineData("filename*=\"foo%20bar.html\"")]
    [InlineData("filename*=UTF-8'foo-%c3%a4.html")]
    [InlineData("filename*=UTF-8''foo%")]
    [InlineData("filename*=UTF-8''f%oo.html")]
    [InlineData("filename*=UTF-8''")]
    [InlineData("filename*=UTF-16''a")]
    [InlineData("filename*=UTF-8''ä")]
    public void A_malformed_extended_name_gives_way_to_the_plain_one(string extended)
    {
        Assert.Equal("plain", ContentDisposition.Parse($"attachment; {extended}; filename=plain").FileName);
        Assert.Null(ContentDisposition.Parse($"attachment; {extended}").FileName);
    }

    [Fact]
    public void Whatever_comes_is_read_without_a_throw()
    {
        string[] corpus =
        [
            "attachment; filename=\"EURO rates\"; filename*=utf-8''%e2%82%ac%20rates", "inline; filename=\"a\\\"b.txt\"", "filename=a;;;filename*=",
            "attachment; filename=foo-Ã¤.html", "attachment; filename*=iso-8859-1'en'%A3%20rates; x=\"", "=;=;\"=\\",
        ];
        const string Splices = ";=\"\\'%*, \tÿ\0abf8";
        var random = new Random(6266);
        for (int round = 0; round < Fuzz.Count; round++)
        {
            var text = new StringBuilder(corpus[random.Next(corpus.Length)]);
            for (int i = random.Next(8); i >= 0; i--)
            {
                int at = random.Next(text.Length + 1);
                if (random.Next(3) == 0 && at < text.Length) text.Remove(at, 1);
                else text.Insert(at, Splices[random.Next(Splices.Length)]);
            }

            ContentDisposition read = ContentDisposition.Parse(text.ToString());
            Assert.NotEqual(string.Empty, read.FileName);
        }
    }

    [Fact]
    public void A_field_that_is_longer_than_any_name_is_not_read()
    {
        Assert.Equal(new string('a', 9_000), ContentDisposition.Parse("attachment; filename=" + new string('a', 9_000)).FileName);
        Assert.Null(ContentDisposition.Parse("attachment; filename=" + new string('a', 20_000)).FileName);
    }
}
