using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Values one after the other in an answer: lines of JSON, and JSON text sequences.</summary>
public sealed class JsonRecordTests : IAsyncLifetime
{
    private const string Separator = "\u001e";

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private MockHttpServer _server = null!;
    private HttpSession _http = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await MockHttpServer.StartInMemoryAsync();
        _http = new HttpSession(_server.ClientOptions);
    }

    public async ValueTask DisposeAsync()
    {
        await _http.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Each_line_is_a_value()
    {
        // The first line has a byte order mark, two are empty, one ends in CRLF, one is null, the last has no end.
        const string Lines = "\ufeff{\"Id\":1,\"What\":\"tea\"}\n\n{\"Id\":2,\"What\":\"a\\nb\"}\r\n \t\r\nnull\n{\"Id\":3,\"What\":\"\u00e4\"}";
        Assert.Equal([new(1, "tea"), new(2, "a\nb"), null, new(3, "\u00e4")], await LinesAsync(Lines));
        Assert.Empty(await LinesAsync(""));
        Assert.Empty(await LinesAsync("\n\n"));
    }

    [Fact]
    public async Task A_line_that_is_no_such_JSON_is_told_with_its_number_behind_the_values_before_it()
    {
        List<Item?> seen = [];
        WireFormatException failure = await Assert.ThrowsAsync<WireFormatException>(() => LinesAsync("{\"Id\":1,\"What\":\"a\"}\n\n{\"Id\":2,\n{\"Id\":3,\"What\":\"c\"}\n", seen: seen));
        Assert.Contains("Record 3 ", failure.Message, StringComparison.Ordinal);
        Assert.IsType<JsonException>(failure.InnerException);
        Assert.NotNull(failure.Endpoint);
        Assert.Equal([new(1, "a")], seen);
    }

    [Fact]
    public async Task A_line_and_a_record_are_limited_however_many_there_are()
    {
        string line = "{\"Id\":1,\"What\":\"" + new string('x', 100_000) + "\"}\n";
        Assert.Equal(20, (await LinesAsync(string.Concat(Enumerable.Repeat(line, 20)), limit: line.Length)).Count);
        WireLimitException tooLong = await Assert.ThrowsAsync<WireLimitException>(() => LinesAsync(line, limit: line.Length - 1));
        Assert.Equal(line.Length - 1, tooLong.Value);
        Assert.Equal(20, (await SequenceAsync(string.Concat(Enumerable.Repeat(Separator + line, 20)), limit: line.Length - 1)).Count);
        await Assert.ThrowsAsync<WireLimitException>(() => SequenceAsync(Separator + line, limit: line.Length - 2));
        // By default a message's.
        await Assert.ThrowsAsync<WireLimitException>(() => LinesAsync(new string('1', 2 * 1024 * 1024)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => LinesAsync("", limit: 0));
    }

    [Theory]
    [InlineData("{\"Id\":1,\"What\":\"a\"}\n", false)]
    [InlineData("\u001e{\"Id\":1,\"What\":\"a\"}\n", true)]
    [InlineData("\u001e{\"Id\":1,\"What\":\"a\"}", true)]
    public async Task A_value_comes_before_the_next_is_sent(string first, bool sequence)
    {
        var seen = new TaskCompletionSource();
        _server.Routes.Get("/v").Handle(async context =>
        {
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(first), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await seen.Task.WaitAsync(Safety);
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(first), context.RequestAborted);
        });
        using HttpReply reply = await _http.GetAsync(_server.Url + "v");
        int count = 0;
        await foreach (Item? one in sequence ? reply.ReadJsonSequenceAsync(RecordJson.Default.Item) : reply.ReadJsonLinesAsync(RecordJson.Default.Item))
        {
            Assert.Equal(new Item(1, "a"), one);
            count++;
            seen.TrySetResult();
        }

        Assert.Equal(2, count);
    }

    [Fact]
    public async Task Records_that_are_cut_off_or_no_JSON_are_told_in_their_place_and_those_behind_them_come()
    {
        const string Sequence = "\u001e{\"Id\":1,\"What\":\"a\"}\n\u001e{\"Id\":2,\"Wh\u001e{\"Id\":3,\"What\":\"c\"}\n\u001e{\"Id\":4,]}}} x\n\u001e{\"Id\":5,\"What\":\"e\"}\n\u001e{\"Id\":6";
        List<string> seen = [];
        await SequenceAsync(Sequence, failure => seen.Add(failure.Message), told: one => seen.Add($"{one?.Id}"));
        Assert.Equal(["1", "A record is cut off. It is record 2 of the sequence.", "3", "Record 4 is not the JSON that was expected.", "5", "The last record is cut off. It is record 6 of the sequence."], seen);

        // Nobody is told: the first one is thrown.
        seen.Clear();
        WireFormatException cut = await Assert.ThrowsAsync<WireFormatException>(() => SequenceAsync(Sequence, told: one => seen.Add($"{one?.Id}")));
        Assert.Contains("record 2", cut.Message, StringComparison.Ordinal);
        Assert.Equal(["1"], seen);
    }

    [Fact]
    public async Task A_number_without_whitespace_behind_it_may_be_half_of_one()
    {
        _server.Routes.Get("/n").Respond("\u001e17\n\u001e123", "application/json-seq");
        using HttpReply reply = await _http.GetAsync(_server.Url + "n");
        List<string> seen = [];
        await foreach (int one in reply.ReadJsonSequenceAsync(RecordJson.Default.Int32, failure => seen.Add(failure.Message))) seen.Add($"{one}");
        Assert.Equal(["17", "The last record is cut off. It is record 2 of the sequence."], seen);
    }

    [Fact]
    public async Task A_body_that_ends_early_is_no_end_of_the_values()
    {
        _server.Routes.Get("/t").RespondTruncated("{\"Id\":1,\"What\":\"a\"}\n"u8, 1000);
        using HttpReply reply = await _http.GetAsync(_server.Url + "t");
        int count = 0;
        await Assert.ThrowsAsync<IntegrityException>(async () =>
        {
            await foreach (Item? one in reply.ReadJsonLinesAsync(RecordJson.Default.Item)) count++;
        });
        Assert.Equal(1, count);
    }

    [Fact]
    public async Task Leaving_the_loop_ends_the_connection_and_a_body_is_read_once()
    {
        _server.Routes.Get("/e").RespondRaw("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n{\"Id\":1,\"What\":\"a\"}\n"u8, RawEnd.Stall);
        using HttpReply reply = await _http.GetAsync(_server.Url + "e");
        IAsyncEnumerable<Item?> values = reply.ReadJsonLinesAsync(RecordJson.Default.Item);
        await foreach (Item? one in values) break;
        using var safety = new CancellationTokenSource(Safety, TimeProvider.System);
        while (_server.OpenConnections > 0)
        {
            safety.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (Item? one in values) break;
        });
    }

    private async Task<List<Item?>> LinesAsync(string body, int? limit = null, List<Item?>? seen = null)
    {
        seen ??= [];
        _server.Routes.Get("/l").Respond(body, "application/x-ndjson");
        using HttpReply reply = await _http.GetAsync(_server.Url + "l");
        await foreach (Item? one in reply.ReadJsonLinesAsync(RecordJson.Default.Item, limit)) seen.Add(one);
        return seen;
    }

    private async Task<List<Item?>> SequenceAsync(string body, Action<WireFormatException>? damaged = null, int? limit = null, Action<Item?>? told = null)
    {
        List<Item?> seen = [];
        _server.Routes.Get("/s").Respond(body, "application/json-seq");
        using HttpReply reply = await _http.GetAsync(_server.Url + "s");
        await foreach (Item? one in reply.ReadJsonSequenceAsync(RecordJson.Default.Item, damaged, limit))
        {
            seen.Add(one);
            told?.Invoke(one);
        }

        return seen;
    }
}

internal sealed record Item(int Id, string What);

[JsonSerializable(typeof(Item))]
[JsonSerializable(typeof(int))]
internal sealed partial class RecordJson : JsonSerializerContext;
