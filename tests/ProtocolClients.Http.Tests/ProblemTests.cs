using System.Net;
using System.Text;
using System.Text.Json;
using ProtocolClients.Fuzzing;

namespace ProtocolClients.HttpTests;

/// <summary>Problem details of RFC 9457.</summary>
public sealed class ProblemTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static readonly HttpSessionOptions Options = new()
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
    };

    // The first example of RFC 9457 §3.
    private const string OutOfCredit = """
        {
         "type": "https://example.com/probs/out-of-credit",
         "title": "You do not have enough credit.",
         "detail": "Your current balance is 30, but that costs 50.",
         "instance": "/account/12345/msgs/abc",
         "balance": 30,
         "accounts": ["/account/12345",
                      "/account/67890"]
        }
        """;

    private static string Answer(string body, string type = "application/problem+json") =>
        $"HTTP/1.1 403 Forbidden\r\nContent-Type: {type}\r\nContent-Language: en\r\nX-Trace: t1\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    [Fact]
    public async Task The_rfcs_example_is_on_the_exception_with_the_headers_and_the_beginning_of_the_body()
    {
        await using var server = new RawServer(Answer(OutOfCredit));
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        HttpStatusException refusal = Assert.Throws<HttpStatusException>(() => reply.EnsureSuccess());
        HttpProblem problem = refusal.Problem!;
        Assert.Equal("https://example.com/probs/out-of-credit", problem.Type);
        Assert.Equal("You do not have enough credit.", problem.Title);
        Assert.Null(problem.Status);
        Assert.Equal("Your current balance is 30, but that costs 50.", problem.Detail);
        Assert.Equal("/account/12345/msgs/abc", problem.Instance);
        Assert.Equal(["accounts", "balance"], problem.Extensions.Keys.Order());
        Assert.Equal(30, problem.Extensions["balance"].GetInt32());
        Assert.Equal("/account/67890", problem.Extensions["accounts"][1].GetString());
        Assert.Equal("t1", refusal.Headers["x-trace"]);
        Assert.Equal(OutOfCredit, refusal.Excerpt);
        Assert.Equal(OutOfCredit, await reply.ReadTextAsync());
        Assert.Equal("You do not have enough credit.: Your current balance is 30, but that costs 50.", problem.ToString());
    }

    // The second example of RFC 9457 §3, whose pointers are RFC 6901's.
    [Fact]
    public void The_example_of_validation_errors_keeps_its_list()
    {
        Assert.True(HttpProblem.TryParse(
            """{"type":"https://example.net/validation-error","title":"Your request is not valid.","errors":[{"detail":"must be a positive integer","pointer":"#/age"},{"detail":"must be 'green', 'red' or 'blue'","pointer":"#/profile/color"}]}"""u8.ToArray(),
            out HttpProblem? problem));
        Assert.Equal("#/profile/color", problem.Extensions["errors"][1].GetProperty("pointer").GetString());
    }

    [Theory]
    [InlineData("""{}""", "about:blank", null, null)]
    [InlineData("""{"type":7,"title":["x"],"status":"403","detail":null,"instance":{}}""", "about:blank", null, null)]
    [InlineData("""{"type":"t","title":"x","status":403}""", "t", "x", 403)]
    [InlineData("""{"title":"x","status":403.5}""", "about:blank", "x", null)]
    [InlineData("""{"title":"x","status":99999999999}""", "about:blank", "x", null)]
    [InlineData("""{"title":"x\ud800","type":"\udc00"}""", "about:blank", null, null)]
    public void Members_of_another_type_are_as_if_they_were_not_there(string json, string type, string? title, int? status)
    {
        Assert.True(HttpProblem.TryParse(Encoding.UTF8.GetBytes(json), out HttpProblem? problem));
        Assert.Equal((type, title, status), (problem.Type, problem.Title, problem.Status));
        Assert.Empty(problem.Extensions);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("{\"a\":1} x")]
    [InlineData("<problem/>")]
    public void What_is_no_object_is_no_problem(string json) => Assert.False(HttpProblem.TryParse(Encoding.UTF8.GetBytes(json), out _));

    [Fact]
    public async Task A_problem_is_bounded_and_only_json_is_read()
    {
        string deep = "{\"a\":" + new string('[', 40) + new string(']', 40) + "}";
        Assert.False(HttpProblem.TryParse(Encoding.UTF8.GetBytes(deep), out _));
        string larger = $"{{\"title\":\"x\",\"pad\":\"{new string('p', 10_000)}\"}}";
        string huge = $"{{\"title\":\"x\",\"pad\":\"{new string('p', 70_000)}\"}}";
        Assert.False(HttpProblem.TryParse(Encoding.UTF8.GetBytes(huge), out _));
        await using var server = new RawServer(
            Answer(larger), Answer(huge), Answer("<problem/>", "application/problem+xml"), Answer("{\"title\":\"x\"}", "application/json"),
            Answer(OutOfCredit, "Application/Problem+JSON; charset=utf-8"));
        await using var http = new HttpSession(Options);
        foreach ((bool isProblem, int length) in ((bool, int)[])[(true, larger.Length), (false, huge.Length), (false, 10), (false, 13), (true, OutOfCredit.Length)])
        {
            using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
            HttpStatusException refusal = Assert.Throws<HttpStatusException>(() => reply.EnsureSuccess());
            Assert.Equal(isProblem, refusal.Problem is not null);
            Assert.InRange(refusal.Excerpt.Length, 1, 2048);
            Assert.Equal(length, (await reply.ReadBytesAsync().WaitAsync(Safety)).Length);
        }
    }

    [Fact]
    public async Task A_transient_refusal_has_its_problem_too()
    {
        await using var server = new RawServer(Answer("{\"title\":\"busy\"}").Replace("403 Forbidden", "503 Busy", StringComparison.Ordinal));
        await using var http = new HttpSession(Options with { Resilience = ResilienceOptions.None with { Attempts = 2, BaseDelay = TimeSpan.FromMilliseconds(1) } });
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Equal(2, server.Heads.Count);
        Assert.Equal("busy", Assert.Throws<HttpStatusException>(() => reply.EnsureSuccess()).Problem!.Title);
    }

    [Fact]
    public void Fuzz_mutated_problems_are_read_or_refused()
    {
        var random = new Random(9457);
        byte[] whole = Encoding.UTF8.GetBytes(OutOfCredit);
        int read = 0;
        for (int round = 0; round < Fuzz.Count; round++)
        {
            byte[] bytes = [.. whole];
            for (int changes = random.Next(1, 4); changes > 0; changes--)
            {
                int at = random.Next(bytes.Length);
                if (random.Next(3) == 0) bytes = [.. bytes.AsSpan(0, at), .. bytes.AsSpan(Math.Min(bytes.Length, at + random.Next(20)))];
                else bytes[at] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)"{}[]\":,\\u0-e."[random.Next(13)];
                if (bytes.Length == 0) break;
            }

            if (!HttpProblem.TryParse(bytes, out HttpProblem? problem)) continue;
            read++;
            Assert.NotNull(problem.Type);
            foreach (JsonElement extension in problem.Extensions.Values) _ = extension.GetRawText();
            _ = problem.ToString();
        }

        Assert.InRange(read, Fuzz.Count / 20, Fuzz.Count * 19L / 20);
    }
}
