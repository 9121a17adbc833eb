using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;

namespace ProtocolClients.HttpTests;

/// <summary>A session behind the platform's HttpClient.</summary>
public sealed partial class HandlerTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nX-One: 1\r\nContent-Length: 5\r\n\r\nhello";

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static readonly HttpSessionOptions Options = new()
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
    };

    [Fact]
    public async Task Status_headers_and_body_are_what_the_server_sent_and_what_is_sent_is_what_the_client_says()
    {
        await using var server = new RawServer(Ok);
        await using var http = new HttpSession(Options with { Headers = [("X-Session", "s")] });
        using var client = new HttpClient(http.CreateHandler()) { BaseAddress = new Uri(server.Url), DefaultRequestHeaders = { { "X-Client", "c" } } };
        using var request = new HttpRequestMessage(HttpMethod.Get, "a?b=c d");
        using HttpResponseMessage response = await client.SendAsync(request).WaitAsync(Safety);
        Assert.Equal((HttpStatusCode.OK, "OK", HttpVersion.Version11), (response.StatusCode, response.ReasonPhrase, response.Version));
        Assert.Equal("1", response.Headers.GetValues("X-One").Single());
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(5, response.Content.Headers.ContentLength);
        Assert.Equal("hello", await response.Content.ReadAsStringAsync());
        Assert.Same(request, response.RequestMessage);
        string head = server.Heads.Single();
        Assert.StartsWith("GET /a?b=c%20d HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("X-Client: c\r\n", head, StringComparison.Ordinal);
        Assert.Contains("X-Session: s\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_an_answer_and_not_read_ahead()
    {
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, "HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\nabc", stop);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        });
        await using var http = new HttpSession(Options);
        using var client = new HttpClient(http.CreateHandler());
        using HttpResponseMessage response = await client.GetAsync(server.Url, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Stream body = await response.Content.ReadAsStreamAsync().WaitAsync(Safety);
        byte[] buffer = new byte[3];
        await body.ReadExactlyAsync(buffer).AsTask().WaitAsync(Safety);
        Assert.Equal("abc"u8, buffer);
    }

    [Fact]
    public async Task A_post_is_redirected_with_its_body_and_the_final_url_is_told_while_the_callers_message_stays_as_it_was()
    {
        await using var server = new RawServer("HTTP/1.1 307 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", Ok);
        await using var http = new HttpSession(Options);
        using var client = new HttpClient(http.CreateHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Url) { Content = new StringContent("body"), Headers = { { "X-A", "1" }, { "Authorization", "Bearer t" } } };
        request.Options.Set(new HttpRequestOptionsKey<int>("mark"), 7);
        using HttpResponseMessage response = await client.SendAsync(request).WaitAsync(Safety);
        Assert.Equal(server.Url + "b", response.RequestMessage!.RequestUri!.AbsoluteUri);
        Assert.Equal(HttpMethod.Post, response.RequestMessage.Method);
        Assert.True(response.RequestMessage.Options.TryGetValue(new HttpRequestOptionsKey<int>("mark"), out int mark) && mark == 7);
        Assert.Equal("1", response.RequestMessage.Headers.GetValues("X-A").Single());
        Assert.Null(response.RequestMessage.Headers.Authorization);
        Assert.Equal(server.Url, request.RequestUri!.AbsoluteUri);
        Assert.EndsWith("\r\n\r\nbody", server.Heads.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_are_the_sessions()
    {
        await using var server = new RawServer("HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n", Ok);
        await using var http = new HttpSession(Options with { Credentials = new Credentials("u", "p") });
        using var client = new HttpClient(http.CreateHandler());
        Assert.Equal("hello", await client.GetStringAsync(server.Url).WaitAsync(Safety));
        Assert.Contains("Authorization: Basic dTpw\r\n", server.Heads.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_goes_both_ways_with_the_platforms_own_extensions()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"Name\":\"x\",\"Age\":3}");
        await using var http = new HttpSession(Options);
        using var client = new HttpClient(http.CreateHandler());
        Assert.Equal(new Person("x", 3), await client.GetFromJsonAsync(server.Url, PersonContext.Default.Person).WaitAsync(Safety));
        using HttpResponseMessage sent = await client.PostAsync(server.Url, Json.Of(new Person("y", 4), PersonContext.Default.Person)).WaitAsync(Safety);
        Assert.EndsWith("\r\n\r\n{\"Name\":\"y\",\"Age\":4}", server.Heads.Last(), StringComparison.Ordinal);
        Assert.Equal(new Person("x", 3), await sent.Content.ReadFromJsonAsync(PersonContext.Default.Person));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_decoded_body_has_lost_its_coding_and_its_length_and_one_that_is_not_decoded_has_both(bool decode)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write("hello hello hello"u8);
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: text/plain\r\nContent-Length: {packed.Length}\r\n\r\n", stop);
            await stream.WriteAsync(packed.ToArray(), stop);
        });
        await using var http = new HttpSession(Options);
        using var client = new HttpClient(http.CreateHandler());
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Url);
        if (!decode) request.Options.Set(HttpCallOptions.Key, new() { Decoding = DecodingOptions.None });
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Safety);
        Assert.Equal(decode ? [] : ["gzip"], response.Content.Headers.ContentEncoding);
        Assert.Equal(decode ? null : packed.Length, response.Content.Headers.ContentLength);
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        byte[] body = await response.Content.ReadAsByteArrayAsync().WaitAsync(Safety);
        Assert.Equal(decode ? "hello hello hello"u8.ToArray() : packed.ToArray(), body);
    }

    [Fact]
    public async Task Trailers_are_there_when_the_body_has_ended()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n");
        await using var http = new HttpSession(Options);
        using var client = new HttpClient(http.CreateHandler());
        using HttpResponseMessage response = await client.GetAsync(server.Url, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Safety);
        Assert.Equal("hello", await response.Content.ReadAsStringAsync().WaitAsync(Safety));
        Assert.Equal("42", response.TrailingHeaders.GetValues("X-Sum").Single());
    }

    [Fact]
    public async Task A_body_streams_and_disposing_the_response_gives_the_connection_back()
    {
        var more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst", stop);
            await more.Task.WaitAsync(stop);
            await RawServer.WriteAsync(stream, "later", stop);
        });
        await using var http = new HttpSession(Options);
        using var client = new HttpClient(http.CreateHandler());
        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage response = await client.GetAsync(server.Url, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Safety);
            Stream body = await response.Content.ReadAsStreamAsync().WaitAsync(Safety);
            byte[] buffer = new byte[10];
            await body.ReadExactlyAsync(buffer.AsMemory(0, 5)).AsTask().WaitAsync(Safety);
            more.TrySetResult();
            await body.ReadExactlyAsync(buffer.AsMemory(5, 5)).AsTask().WaitAsync(Safety);
            Assert.Equal(0, await body.ReadAsync(buffer).AsTask().WaitAsync(Safety));
            Assert.Equal("firstlater"u8, buffer);
        }

        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Failures_are_the_suites_own_and_cancelling_is_the_clients()
    {
        await using var server = new RawServer(async (head, stream, stop) =>
        {
            if (head.StartsWith("GET /cut ", StringComparison.Ordinal))
            {
                await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", stop);
                throw new RawServer.CloseException();
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        });
        await using var http = new HttpSession(Options);
        using var client = new HttpClient(http.CreateHandler());
        await Assert.ThrowsAsync<IntegrityException>(() => client.GetStringAsync(server.Url + "cut").WaitAsync(Safety));
        TransportException refused = await Assert.ThrowsAsync<TransportException>(() => client.GetAsync("http://127.0.0.1:1/").WaitAsync(Safety));
        Assert.Equal(TransportError.Connect, refused.Error);
        using var cancel = new CancellationTokenSource();
        Task<HttpResponseMessage> asking = client.GetAsync(server.Url + "hang", cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(Safety));
        using var hurried = new HttpClient(http.CreateHandler()) { Timeout = TimeSpan.FromMilliseconds(1) };
        TaskCanceledException late = await Assert.ThrowsAsync<TaskCanceledException>(() => hurried.GetAsync(server.Url + "hang").WaitAsync(Safety));
        Assert.IsType<TimeoutException>(late.InnerException);
    }

    [Fact]
    public async Task Sending_synchronously_is_refused_with_words_and_a_disposed_handler_leaves_the_session_alone()
    {
        await using var server = new RawServer(Ok);
        await using var http = new HttpSession(Options);
        var client = new HttpClient(http.CreateHandler());
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Url);
        NotSupportedException refusal = Assert.Throws<NotSupportedException>(() => client.Send(request));
        Assert.Contains("SendAsync", refusal.Message, StringComparison.Ordinal);
        client.Dispose();
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.True(reply.IsSuccess);
    }

    [Fact]
    public async Task A_factory_of_clients_shares_one_session()
    {
        await using var server = new RawServer(Ok);
        await using var http = new HttpSession(Options with { Headers = [("X-Session", "s")] });
        var services = new ServiceCollection();
        services.AddHttpClient("own", client => client.BaseAddress = new Uri(server.Url)).ConfigurePrimaryHttpMessageHandler(() => http.CreateHandler());
        await using (ServiceProvider provider = services.BuildServiceProvider())
        {
            IHttpClientFactory factory = provider.GetRequiredService<IHttpClientFactory>();
            for (int i = 0; i < 3; i++)
            {
                using HttpClient client = factory.CreateClient("own");
                Assert.Equal("hello", await client.GetStringAsync("x").WaitAsync(Safety));
            }
        }

        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.True(reply.IsSuccess);
        Assert.Equal(1, server.Connections);
        Assert.All(server.Heads, head => Assert.Contains("X-Session: s\r\n", head, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Head_and_an_empty_answer_have_their_headers_and_no_body()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12345\r\n\r\n", "HTTP/1.1 204 None\r\n\r\n");
        await using var http = new HttpSession(Options);
        using var client = new HttpClient(http.CreateHandler());
        using HttpResponseMessage head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, server.Url)).WaitAsync(Safety);
        Assert.Equal(12345, head.Content.Headers.ContentLength);
        Assert.Equal(["gzip"], head.Content.Headers.ContentEncoding);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        using HttpResponseMessage none = await client.DeleteAsync(server.Url).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.NoContent, none.StatusCode);
        Assert.Empty(await none.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task What_is_malformed_is_refused_through_the_handler_too()
    {
        await using var http = new HttpSession(Options);
        using var client = new HttpClient(http.CreateHandler());
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetAsync("http://127.1.evil℀.com/").WaitAsync(Safety));
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://127.0.0.1:1/");
        request.Headers.TryAddWithoutValidation("X-A", "a\0b");
        if (request.Headers.NonValidated.Contains("X-A")) await Assert.ThrowsAsync<ArgumentException>(() => client.SendAsync(request).WaitAsync(Safety));
    }

    internal sealed record Person(string Name, int Age);

    [JsonSerializable(typeof(Person))]
    internal sealed partial class PersonContext : JsonSerializerContext;
}
