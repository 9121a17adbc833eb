using System.Globalization;
using System.Text;
using ProtocolClients.Fuzzing;

namespace ProtocolClients.HttpTests;

/// <summary>The fields of draft-ietf-httpapi-ratelimit-headers, as structured fields (RFC 9651).</summary>
public sealed class RateLimitFieldTests
{
    private const string Letters = "\";,=\\ rtqw019:\0\u0080";

    public static TheoryData<string?, string> Fields => new()
    {
        { "\"default\";r=50;t=30", "default 50 30" },
        { "  \"default\";r=999;pk=:dHJpYWwxMjEzMjM=:  ", "default 999 -" },
        { "\"a\";r=0;t=2,\"b\" ; r=1", "" },
        { "\"a\";r=0;t=2 , \"b\"; r=1", "a 0 2|b 1 -" },
        { "token;r=1;t=1", "token 1 1" },
        { "\"with \\\"quotes\\\" \\\\ and ; , =\";r=1", "with \"quotes\" \\ and ; , = 1 -" },
        { "\"only-quota\";q=1", "" },
        { "\"a\";r=1;r=2", "a 2 -" },
        { "\"a\";x;y=\"z;r=9\";r=1", "a 1 -" },
        { "\"a\";r=999999999999999", "a 999999999999999 -" },
        { "\"a\";r=1;t=999999999999999", "a 1 2147483647" },
        { "\"a\";r=9999999999999999", "" },
        { "\"a\";r=-1", "" },
        { "\"a\";r=1.5", "" },
        { "\"a\";r=\"1\"", "" },
        { "\"a\";r=", "" },
        { "\"a\";r=1,", "" },
        { "\"a\";r=1,,\"b\";r=1", "" },
        { "\"a", "" },
        { "\"a\\", "" },
        { "\"ä\";r=1", "" },
        { "limit=100, remaining=50, reset=5", "" },
        { "", "" },
        { null, "" },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public void Limits_are_read_or_the_field_is_ignored_as_a_whole(string? field, string expected) => Assert.Equal(
        expected,
        string.Join('|', RateLimitField.Limits(field).Select(static limit => $"{limit.Policy} {limit.Remaining} {limit.Reset?.TotalSeconds.ToString(CultureInfo.InvariantCulture) ?? "-"}")));

    [Fact]
    public void Policies_have_a_quota_and_a_window() => Assert.Equal(
        [new HttpRatePolicy("burst", 100, TimeSpan.FromSeconds(60)), new HttpRatePolicy("daily", 1000, null)],
        RateLimitField.Policies("\"burst\";q=100;w=60, \"daily\";q=1000;qu=\"content-bytes\", \"none\""));

    [Fact]
    public void More_items_than_anybody_has_are_none()
    {
        Assert.Equal(64, RateLimitField.Limits(string.Join(',', Enumerable.Repeat("a;r=1", 64))).Count);
        Assert.Empty(RateLimitField.Limits(string.Join(',', Enumerable.Repeat("a;r=1", 65))));
    }

    [Fact]
    public void Any_text_is_read_or_ignored()
    {
        var random = new Random(20261128);
        string[] corpus = [.. Fields.Select(static row => row.Data.Item1).OfType<string>()];
        for (int i = 0; i < Fuzz.Count; i++)
        {
            var text = new StringBuilder(corpus[random.Next(corpus.Length)]);
            for (int changes = random.Next(5); changes > 0; changes--)
            {
                int at = random.Next(text.Length + 1);
                if (random.Next(3) == 0 && at < text.Length) text.Remove(at, Math.Min(random.Next(5), text.Length - at));
                else text.Insert(at, Letters[random.Next(Letters.Length)]);
            }

            foreach (HttpRateLimit limit in RateLimitField.Limits(text.ToString())) Assert.True(limit.Remaining >= 0 && !(limit.Reset < TimeSpan.Zero));
            RateLimitField.Policies(text.ToString());
        }
    }
}
