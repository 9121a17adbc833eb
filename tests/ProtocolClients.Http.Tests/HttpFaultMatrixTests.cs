using System.Collections;
using System.Net.Http;
using System.Reflection;
using System.Text;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>
/// Every public verb of the session × a cut, a stall and noise at the points of an answer: the right exception within its deadline, no
/// hang, no connection left open, nothing applied twice. The verbs are those that the class has, so that a new one cannot be left out.
/// </summary>
public sealed class HttpFaultMatrixTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    private const string Body = "b\r\ndata: one\n\n\r\n4;x=y\r\n: c\n\r\n0\r\nX-Trailer: t\r\n\r\n";

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1000);
    private static readonly string[] NoVerbs = ["DisposeAsync"];

    private static readonly MethodInfo[] Verbs =
        [.. typeof(HttpSession).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(static method => !method.IsSpecialName && !NoVerbs.Contains(method.Name))];

    private static readonly FaultKind[] Faults = [FaultKind.Truncate, FaultKind.HalfClose, FaultKind.Reset, FaultKind.Stall, FaultKind.Garbage];

    /// <summary>Where it strikes: in the status line, a name, a value, between the fields, before the body, and in every part of the framing.</summary>
    private static IEnumerable<int> Points =>
        [0, 3, 12, 15, 16, 20, 40, Head.Length - 3, Head.Length - 1, Head.Length, .. Enumerable.Range(Head.Length + 1, Body.Length - 3)];

    public static TheoryData<string, FaultKind> Cases
    {
        get
        {
            var data = new TheoryData<string, FaultKind>();
            foreach (MethodInfo verb in Verbs)
            {
                foreach (FaultKind fault in Faults) data.Add(NameOf(verb), fault);
            }

            return data;
        }
    }

    [Fact]
    public void The_verbs_are_found() => Assert.Superset(
        new HashSet<string> { "GetAsync", "HeadAsync", "PostAsync", "PutAsync", "PatchAsync", "DeleteAsync", "OptionsAsync", "SendAsync", "WatchAsync", "ListPagesAsync", "CreateHandler" },
        Verbs.Select(static verb => verb.Name).ToHashSet());

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_verb_ends_as_it_should_wherever_the_answer_breaks(string name, FaultKind kind)
    {
        MethodInfo verb = Verbs.Single(each => NameOf(each) == name);
        foreach (int at in Points)
        {
            var time = new VirtualTime();
            await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync(new() { TimeProvider = time, KeepTranscript = false });
            server.Routes.On("*", "/").RespondRaw(Encoding.ASCII.GetBytes(Head + Body)).Then.Respond(204);
            FaultRule rule = server.Faults.Add(Fault.All(at).Single(fault => fault.Kind == kind)).On(static line => line.EndsWith("HTTP/1.1", StringComparison.Ordinal)).Once();
            await using var http = new HttpSession(server.ClientOptions with
            {
                // One attempt: what surfaces is what the fault did, and a second request would be one too many.
                Deadlines = Deadlines.Default with { Command = Silence, Idle = Silence, Connect = Silence },
            });
            string where = $"{verb.Name}, {kind} after {at}";
            Exception? failure = await DriveAsync(RunAsync(verb, http, server.Url.AbsoluteUri), time, rule, server, where);
            bool head = at < Head.Length;
            Assert.True(IsRight(kind, head, verb, failure), $"{where}: {failure?.ToString() ?? "no failure"}");
            // Watching goes on behind a stream that broke: by one more connection, which is told 204.
            int most = verb.Name == "WatchAsync" && !head ? 2 : 1;
            Assert.True(server.Calls.Count <= most, $"{where}: {server.Calls}");
            if (failure is not null) await ClosedAsync(server, kind, where);
            await http.DisposeAsync();
            await ClosedAsync(server, kind, where);
        }
    }

    private static bool IsRight(FaultKind kind, bool head, MethodInfo verb, Exception? failure)
    {
        // The head is the whole answer to HEAD, and watching recovers from what breaks behind it, unless it is noise.
        bool bodiless = verb.Name == "HeadAsync" && !head;
        bool recovers = verb.Name == "WatchAsync" && !head;
        return kind switch
        {
            // Noise in a value or in content is not always seen, and never a cause for another exception.
            FaultKind.Garbage => failure is null or WireFormatException or IntegrityException,
            FaultKind.Stall when bodiless || recovers => failure is null,
            FaultKind.Stall => failure is TransportException { Error: TransportError.Timeout } missed && missed.Phase == (head ? DeadlinePhase.Command : DeadlinePhase.Idle),
            // A reset overtakes what was sent before it: of the head, too.
            FaultKind.Reset => failure is TransportException { Error: TransportError.ConnectionLost } || ((bodiless || recovers) && failure is null),
            _ when bodiless || recovers => failure is null,
            _ when head => failure is TransportException { Error: TransportError.ConnectionLost },
            _ => failure is IntegrityException or TransportException { Error: TransportError.ConnectionLost },
        };
    }

    private static string NameOf(MethodInfo verb) => $"{verb.Name}({string.Join(", ", verb.GetParameters().Select(static parameter => parameter.Name))})";

    /// <summary>Calls a verb with arguments by their types, and takes all that it gives.</summary>
    private static async Task<Exception?> RunAsync(MethodInfo verb, HttpSession http, string url)
    {
        object?[] arguments = [.. verb.GetParameters().Select(parameter => parameter.ParameterType switch
        {
            { } type when type == typeof(string) => url,
            { } type when type == typeof(HttpMethod) => HttpMethod.Get,
            { } type when type == typeof(HttpContent) => new ByteArrayContent([1, 2, 3]),
            { } type when type == typeof(HttpRequestMessage) => (object)new HttpRequestMessage(HttpMethod.Get, url),
            { } type when type == typeof(CancellationToken) => CancellationToken.None,
            _ when parameter.HasDefaultValue => null,
            { } type => throw new InvalidOperationException($"Name an argument of the type {type} for {verb}."),
        })];
        // A body that GET does not have.
        if (verb.Name == "SendAsync") arguments = [.. arguments.Select(static argument => argument is ByteArrayContent ? null : argument)];
        try
        {
            switch (verb.Invoke(http, arguments))
            {
                case Task<HttpReply> asking:
                    using (HttpReply reply = await asking) await reply.ReadBytesAsync();
                    return null;
                case IAsyncEnumerable<object> many:
                    await foreach (object one in many)
                    {
                        if (one is HttpReply page) await page.ReadBytesAsync();
                    }

                    return null;
                case HttpMessageHandler handler:
                    using (var invoker = new HttpMessageInvoker(handler))
                    using (HttpResponseMessage response = await invoker.SendAsync(new HttpRequestMessage(HttpMethod.Get, url), default))
                    {
                        await response.Content.ReadAsByteArrayAsync();
                    }

                    return null;
                default:
                    throw new InvalidOperationException($"Say how the result of {verb} is taken.");
            }
        }
        catch (HttpRequestException wrapped) when (wrapped.InnerException is ProtocolClientException own)
        {
            // HttpContent wraps what its stream throws.
            return own;
        }
        catch (ProtocolClientException failure)
        {
            return failure;
        }
    }

    private static async Task<Exception?> DriveAsync(Task<Exception?> work, VirtualTime time, FaultRule rule, MockHttpServer server, string where)
    {
        using var safety = new CancellationTokenSource(Safety, TimeProvider.System);
        bool stalled = false;
        while (!work.IsCompleted)
        {
            if (safety.IsCancellationRequested) throw new TimeoutException($"{where} hangs; the next timer is {time.NextTimer}.");
            if (time.NextTimer is { } next && next <= TimeSpan.FromSeconds(60))
            {
                time.Advance(next);
            }
            else if (!stalled && rule is { Fault.Kind: FaultKind.Stall, Strikes: > 0 } && time.NextTimer is not null)
            {
                // What came before the stall is taken first: the deadline of the head, or that of the body.
                await Task.WhenAny(work, server.WaitForReadAsync(safety.Token));
                stalled = true;
                time.Advance(Silence);
            }
            else
            {
                await Task.Yield();
            }
        }

        return await work;
    }

    /// <summary>The client closed what it had. A server that stalls does not look: there the client's end of the line is asked.</summary>
    private static async Task ClosedAsync(MockHttpServer server, FaultKind kind, string where)
    {
        using var safety = new CancellationTokenSource(Safety, TimeProvider.System);
        while (server.OpenConnections > 0)
        {
            if (safety.IsCancellationRequested) throw new TimeoutException($"{where}: a connection stays open.");
            try
            {
                if (kind == FaultKind.Stall) await server.WaitForReadAsync(safety.Token);
                await Task.Yield();
            }
            catch (IOException)
            {
                return;
            }
        }
    }
}
