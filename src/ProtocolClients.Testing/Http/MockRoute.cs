using System.Text;
using Microsoft.AspNetCore.Http;

namespace ProtocolClients.Testing;

/// <summary>
/// One route of a <see cref="MockHttpServer"/>: what matches and how it is answered. Answers form a sequence
/// (<see cref="Then"/>); the last one is repeated.
/// </summary>
public sealed partial class MockRoute
{
    private const string Text = "text/plain; charset=utf-8";

    private readonly MockRoutes _routes;
    private readonly RoutePattern _pattern;
    private readonly List<Step> _steps = [new()];
    private Func<MockHttpCall, bool>? _where;
    private string? _when;
    private int _calls;

    internal MockRoute(MockRoutes routes, RoutePattern pattern)
    {
        _routes = routes;
        _pattern = pattern;
    }

    /// <summary>How often the route answered.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>What is said from here on is the next answer: <c>Respond(503).Then.Respond("ok")</c>.</summary>
    public MockRoute Then
    {
        get
        {
            lock (_steps) _steps.Add(new Step());
            return this;
        }
    }

    /// <summary>Answers 200 with a text.</summary>
    /// <param name="text">The content, sent as UTF-8.</param>
    /// <param name="mediaType">Its media type.</param>
    public MockRoute Respond(string text, string mediaType = Text) => Respond(StatusCodes.Status200OK, text, mediaType);

    /// <summary>Answers 200 with bytes.</summary>
    /// <param name="content">The content; copied.</param>
    /// <param name="mediaType">Its media type.</param>
    public MockRoute Respond(ReadOnlySpan<byte> content, string mediaType = "application/octet-stream") =>
        Respond(StatusCodes.Status200OK, content.ToArray(), mediaType);

    /// <summary>Answers with a status and a text.</summary>
    /// <param name="status">The status code.</param>
    /// <param name="text">The content, sent as UTF-8; nothing by default.</param>
    /// <param name="mediaType">Its media type.</param>
    public MockRoute Respond(int status, string text = "", string mediaType = Text) =>
        Respond(status, Encoding.UTF8.GetBytes(text), mediaType);

    /// <summary>Answers with a redirection.</summary>
    /// <param name="location">The Location field, as it is sent.</param>
    /// <param name="status">The status code.</param>
    public MockRoute Redirect(string location, int status = StatusCodes.Status302Found)
    {
        ArgumentNullException.ThrowIfNull(location);
        return Respond(status).Header("Location", location);
    }

    /// <summary>Answers with a file: conditions, ranges, validators.</summary>
    /// <param name="file">The file.</param>
    public MockRoute Respond(MockFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return Set(step => step.Body = (context, _) => FileResponder.SendAsync(context, file, context.Request.Path));
    }

    /// <summary>Answers in pieces with pauses between them, on the server's time.</summary>
    /// <param name="content">The content; copied.</param>
    /// <param name="pieces">In how many pieces.</param>
    /// <param name="pause">How long to wait before each piece but the first.</param>
    public MockRoute RespondSlowly(ReadOnlySpan<byte> content, int pieces, TimeSpan pause)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pieces);
        byte[] copy = content.ToArray();
        return Set(step => step.Body = async (context, time) =>
        {
            context.Response.ContentLength = copy.Length;
            int piece = Math.Max(1, (copy.Length + pieces - 1) / pieces);
            for (int at = 0; at < copy.Length; at += piece)
            {
                if (at > 0) await Task.Delay(pause, time, context.RequestAborted).ConfigureAwait(false);
                ReadOnlyMemory<byte> bytes = copy.AsMemory(at, Math.Min(piece, copy.Length - at));
                await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
            }
        });
    }

    /// <summary>
    /// Waits before this answer begins, on the server's time: <c>Respond("late").Delayed(TimeSpan.FromSeconds(30)).Then.Respond("now")</c>. The
    /// request's body is read before.
    /// </summary>
    /// <param name="pause">How long.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public MockRoute Delayed(TimeSpan pause)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pause, TimeSpan.Zero);
        return Set(step => step.Pause = pause);
    }

    /// <summary>Answers by code, with all that ASP.NET Core gives. The code reads the request's body itself.</summary>
    /// <param name="handler">The code.</param>
    public MockRoute Handle(Func<HttpContext, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Set(step =>
        {
            step.ReadsBody = false;
            step.Body = (context, _) => handler(context);
        });
    }

    /// <summary>Adds a header field to the answer; called again with the same name it adds another.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value.</param>
    public MockRoute Header(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        return Set(step => step.Headers.Add((name, value)));
    }

    /// <summary>Answers before the request's body is read, as a server does that refuses it; the challenge of an authentication too.</summary>
    public MockRoute BeforeBody()
    {
        IsEarly = true;
        return Set(static step => step.ReadsBody = false);
    }

    /// <summary>Matches in one state of the scenario only.</summary>
    /// <param name="state">The state; an empty string is the first.</param>
    public MockRoute When(string state)
    {
        _when = state;
        return this;
    }

    /// <summary>The answer moves the scenario to a state.</summary>
    /// <param name="state">The state.</param>
    public MockRoute Goto(string state) => Set(step => step.Goto = state);

    /// <summary>Matches only what the predicate takes, besides method and path.</summary>
    /// <param name="predicate">Told the call; its body is not read yet.</param>
    public MockRoute Where(Func<MockHttpCall, bool> predicate)
    {
        _where = predicate;
        return this;
    }

    /// <summary>Answers 401 with a challenge until the client says who it is.</summary>
    /// <param name="authentication">Whom to let in, and how.</param>
    public MockRoute Protect(MockAuthentication authentication)
    {
        ArgumentNullException.ThrowIfNull(authentication);
        Authentication = authentication;
        return this;
    }

    internal MockAuthentication? Authentication { get; private set; }

    /// <summary>Whether it answers before it has read the body.</summary>
    internal bool IsEarly { get; private set; }

    internal bool Matches(MockHttpCall call, string method) =>
        _pattern.Matches(method, call.Path, call.Query)
        && (_when is null || string.Equals(_when, _routes.State, StringComparison.Ordinal))
        && _where?.Invoke(call) != false;

    internal async Task RespondAsync(HttpContext context, TimeProvider time)
    {
        int index = Interlocked.Increment(ref _calls) - 1;
        Step step;
        lock (_steps) step = _steps[Math.Min(index, _steps.Count - 1)];
        if (step.Goto is not null) _routes.State = step.Goto;
        if (step.ReadsBody) await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted).ConfigureAwait(false);
        if (step.Pause > TimeSpan.Zero) await Task.Delay(step.Pause, time, context.RequestAborted).ConfigureAwait(false);
        context.Response.StatusCode = step.Status;
        foreach ((string name, string value) in step.Headers) context.Response.Headers.Append(name, value);
        await step.Body(context, time).ConfigureAwait(false);
    }

    private MockRoute Respond(int status, byte[] content, string mediaType)
    {
        if (status is < 200 or > 999) throw new ArgumentOutOfRangeException(nameof(status), status, "A final status has three digits.");
        return Set(step =>
        {
            step.Status = status;
            step.Body = async (context, _) =>
            {
                // These have no content at all, not an empty one (RFC 9110 §8.6).
                if (status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified) return;
                context.Response.ContentLength = content.Length;
                if (content.Length == 0) return;
                if (context.Response.ContentType is null) context.Response.ContentType = mediaType;
                await context.Response.BodyWriter.WriteAsync(content, context.RequestAborted).ConfigureAwait(false);
            };
        });
    }

    private MockRoute Set(Action<Step> change)
    {
        lock (_steps) change(_steps[^1]);
        return this;
    }

    private sealed class Step
    {
        public int Status { get; set; } = StatusCodes.Status200OK;

        public List<(string Name, string Value)> Headers { get; } = [];

        public bool ReadsBody { get; set; } = true;

        public TimeSpan Pause { get; set; }

        public string? Goto { get; set; }

        public Func<HttpContext, TimeProvider, Task> Body { get; set; } = static (_, _) => Task.CompletedTask;
    }
}
