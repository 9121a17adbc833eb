using System.Globalization;

namespace ProtocolClients.HttpTests;

/// <summary>RFC 6265bis §5.1.1: what counts as a date, found in the wild and at the edges of the algorithm.</summary>
public class CookieDateTests
{
    [Theory]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06 08:49:37")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06 08:49:37")]
    [InlineData("Sun Nov  6 08:49:37 1994", "1994-11-06 08:49:37")]
    [InlineData("Wed, 09 Jun 2021 10:18:14 GMT", "2021-06-09 10:18:14")]
    [InlineData("Mon, 10-Dec-2007 17:02:24 GMT", "2007-12-10 17:02:24")]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01 00:00:00")]
    [InlineData("10 Feb 81 13:00:00 GMT", "1981-02-10 13:00:00")]
    [InlineData("1/Jan/99 1:2:3", "1999-01-01 01:02:03")]
    [InlineData("31 december 69 23:59:59", "2069-12-31 23:59:59")]
    [InlineData("1 jan 70 0:0:0", "1970-01-01 00:00:00")]
    [InlineData("1 jan 00 0:0:0", "2000-01-01 00:00:00")]
    [InlineData("1 jan 099 0:0:0", "1999-01-01 00:00:00")]
    [InlineData("08:49:37 1994 Nov 6th", "1994-11-06 08:49:37")]
    [InlineData("2024 29 Feb 12:00:00", "2024-02-29 12:00:00")]
    [InlineData("Novembre 6 1994 08:49:37", "1994-11-06 08:49:37")]
    [InlineData("6 Nov 1994 08:49:37.999", "1994-11-06 08:49:37")]
    [InlineData("6 Nov 1994 08:49:37x", "1994-11-06 08:49:37")]
    [InlineData("6x Nov 1994y 08:49:37", "1994-11-06 08:49:37")]
    [InlineData("\t6\tNov\t1994\t08:49:37", "1994-11-06 08:49:37")]
    [InlineData("6;Nov;1994;08:49:37", "1994-11-06 08:49:37")]
    [InlineData("Tue, 18 Oct 2011 07:42:42.123 GMT", "2011-10-18 07:42:42")]
    [InlineData("Mon 18-Oct-2011 07:42:42 GMT -0300", "2011-10-18 07:42:42")]
    [InlineData("1 jan 1601 00:00:00", "1601-01-01 00:00:00")]
    [InlineData("31 dec 9999 23:59:59", "9999-12-31 23:59:59")]
    public void Is_a_date(string text, string date)
    {
        Assert.True(CookieDate.TryParse(text, out DateTimeOffset read));
        Assert.Equal(date, read.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        Assert.Equal(TimeSpan.Zero, read.Offset);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GMT")]
    [InlineData("Sun, 06 Nov 1994")]
    [InlineData("06 Nov 08:49:37")]
    [InlineData("Nov 1994 08:49:37")]
    [InlineData("06 1994 08:49:37")]
    [InlineData("06 Nov 1994 08:49")]
    [InlineData("06 Nov 1994 24:00:00")]
    [InlineData("06 Nov 1994 23:60:00")]
    [InlineData("06 Nov 1994 23:59:60")]
    [InlineData("06 Nov 1994 008:49:37")]
    [InlineData("00 Nov 1994 08:49:37")]
    [InlineData("32 Nov 1994 08:49:37")]
    [InlineData("31 Nov 1994 08:49:37")]
    [InlineData("29 Feb 2023 08:49:37")]
    [InlineData("31 dec 1600 23:59:59")]
    [InlineData("6 Nov 19940 08:49:37")]
    [InlineData("6 Nov 1 08:49:37")]
    [InlineData("006 Nov 1994 08:49:37")]
    [InlineData("6 No 1994 08:49:37")]
    [InlineData("6 Nov 1994 08:49:377")]
    [InlineData("6 Nov 1994 08::49:37")]
    [InlineData("6Nov1994 08:49:37")]
    [InlineData("20\u00bd Nov 1994")]
    public void Is_none(string text) => Assert.False(CookieDate.TryParse(text, out _));
}
