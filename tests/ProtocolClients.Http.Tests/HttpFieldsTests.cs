namespace ProtocolClients.HttpTests;

public sealed class HttpFieldsTests
{
    // RFC 9110 §5.6.7: the three forms of one moment.
    [Theory]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sun Nov  6 08:49:37 1994")]
    public void A_date_is_read_in_each_of_its_forms(string text) =>
        Assert.Equal(new DateTimeOffset(1994, 11, 6, 8, 49, 37, TimeSpan.Zero), new HttpFields([new("Last-Modified", text)]).Date("last-modified"));

    [Theory]
    [InlineData("Mon, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 CET")]
    [InlineData("Sun, 06 Nov 1994 28:49:37 GMT")]
    [InlineData("Sun, 06 Növ 1994 08:49:37 GMT")]
    [InlineData("")]
    [InlineData("yesterday")]
    public void What_is_no_date_is_none(string text) => Assert.Null(new HttpFields([new("Last-Modified", text)]).Date("Last-Modified"));

    [Fact]
    public void A_field_that_is_not_there_is_no_date() => Assert.Null(HttpFields.Empty.Date("Last-Modified"));
}
