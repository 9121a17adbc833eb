using System.Text;

namespace ProtocolClients.UrlTests.Grammar;

public sealed class DataUrlTests
{
    private const string Lights =
        "R0lGODdhMAAwAPAAAAAAAP///ywAAAAAMAAwAAAC8IyPqcvt3wCcDkiLc7C0qwyGHhSWpjQu5yqmCYsapyuvUUlvONmOZtfzgFzByTB10QgxOR0TqBQejhRNzOfkVJ+5YiUqr"
        + "F5Y5lKh/DeuNcP5yLWGsEbtLiOSpa/TPg7JpJHxyendzWTBfX0cxOnKPjgBzi4diinWGdkF8kjdfnycQZXZeYGejmJlZeGl9i2icVqaNVailT6F5iJ90m6mvuTS4OK05M0vDk0Q4XUtwvKOzrcd3iq9uisF81M1OIcR7lEewwcLp7tuNNkM3uNna3F2JQFo97Vriy/Xl4/f1cf5VWzXyym7PHhhx4dbgYKAAA7";

    [Theory]
    // RFC 2397 §4
    [InlineData("data:,A%20brief%20note", "text/plain;charset=US-ASCII", "text/plain", "US-ASCII", "A brief note")]
    [InlineData("data:text/plain;charset=iso-8859-7,%b8%f7%fe", "text/plain;charset=iso-8859-7", "text/plain", "iso-8859-7", "\u00b8\u00f7\u00fe")]
    [InlineData("data:application/vnd-xxx-query,select_vcount,fcol_from_fieldtable/local", "application/vnd-xxx-query", "application/vnd-xxx-query", null, "select_vcount,fcol_from_fieldtable/local")]
    [InlineData("data:,", "text/plain;charset=US-ASCII", "text/plain", "US-ASCII", "")]
    [InlineData("data:;charset=utf-8,x", "text/plain;charset=utf-8", "text/plain", "utf-8", "x")]
    [InlineData("DATA:Text/HTML;a=b;Charset=\"utf-8\";c=%22;%22,x", "Text/HTML;a=b;Charset=\"utf-8\";c=\";\"", "text/html", "utf-8", "x")]
    [InlineData("data:;base64,aGVsbG8=", "text/plain;charset=US-ASCII", "text/plain", "US-ASCII", "hello")]
    [InlineData("data:;base64,aGVsbG8", "text/plain;charset=US-ASCII", "text/plain", "US-ASCII", "hello")]
    [InlineData("data:a/b;BASE64,%61GV%20sbG%0D%0A8%3D", "a/b", "a/b", null, "hello")]
    [InlineData("data:a/b;x=y;%20base64,aGk=", "a/b;x=y", "a/b", null, "hi")]
    [InlineData("data:a/b;x=base64,aGk=", "a/b;x=base64", "a/b", null, "aGk=")]
    [InlineData("data:;base64,", "text/plain;charset=US-ASCII", "text/plain", "US-ASCII", "")]
    [InlineData("data:,a#b", "text/plain;charset=US-ASCII", "text/plain", "US-ASCII", "a")]
    [InlineData("data:,a?b,c", "text/plain;charset=US-ASCII", "text/plain", "US-ASCII", "a?b,c")]
    [InlineData("data:,a+b", "text/plain;charset=US-ASCII", "text/plain", "US-ASCII", "a+b")]
    public void Content_and_type_stand_in_the_url(string text, string mediaType, string type, string? charset, string latin1)
    {
        var data = DataUrl.Parse(text);
        Assert.Equal((mediaType, type, charset, latin1), (data.MediaType, data.Type, data.Charset, Encoding.Latin1.GetString(data.Bytes)));
    }

    [Fact]
    public async Task The_picture_of_the_rfc_is_one()
    {
        await using var opener = new UrlOpener();
        await using UrlContent content = await opener.OpenAsync("data:image/gif;base64," + Lights);
        Assert.Equal("image/gif", content.MediaType);
        byte[] bytes = await content.ReadBytesAsync();
        Assert.Equal("GIF87a", Encoding.ASCII.GetString(bytes, 0, 6));
        Assert.Equal((48, 48), (bytes[6], bytes[8]));
        Assert.Equal(bytes.Length, content.Length);
        Assert.Equal(content.Length, (await opener.StatAsync("data:image/gif;base64," + Lights)).Length);
    }

    [Theory]
    [InlineData("data:")]
    [InlineData("data:text/plain")]
    [InlineData("data:text/plain#,x")]
    [InlineData("data:plain,x")]
    [InlineData("data:a/b%0D%0AX-Evil:%201,x")]
    [InlineData("data:a/b;c=%00,x")]
    [InlineData("data:;base64,a*b")]
    [InlineData("data:;base64,a")]
    [InlineData("data:;base64,aGk==aGk=")]
    [InlineData("data:;base64,\u00e9\u00e9\u00e9\u00e9")]
    [InlineData("data:,%zz")]
    [InlineData("data:,%4")]
    public void What_is_malformed_is_refused(string text) =>
        Assert.StartsWith("Not a data: URL", Assert.Throws<ArgumentException>(() => DataUrl.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task The_limit_of_what_is_held_in_memory_holds_here_too()
    {
        await using var opener = new UrlOpener(new() { Limits = WireLimits.Default with { InMemory = 10 } });
        await Assert.ThrowsAsync<WireLimitException>(() => opener.ReadTextAsync("data:,01234567890"));
        Assert.Equal("0123456789", await opener.ReadTextAsync("data:,0123456789"));
    }
}
