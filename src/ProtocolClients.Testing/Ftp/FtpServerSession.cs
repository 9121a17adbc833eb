using System.Security.Authentication;

namespace ProtocolClients.Testing;

/// <summary>One control connection: reads commands one by one, also while a transfer runs, and answers each.</summary>
internal sealed partial class FtpServerSession : IDisposable
{
    private readonly FtpLineReader _reader;
    private readonly Queue<(MockFtpCall Call, FtpVerb? Verb)> _waiting = new();
    private readonly FtpReplyWriter _replies;
    private bool _isOver;

    public FtpServerSession(MockFtpServer server, MockFtpServerOptions options, MockConnection connection, CancellationToken lifetime)
    {
        Server = server;
        Options = options;
        Connection = connection;
        Lifetime = lifetime;
        _reader = new FtpLineReader(connection.Stream, options.MaxLineLength);
        _replies = new FtpReplyWriter(connection, options.TimeProvider, lifetime);
        Ports = new FtpPortCommands(this);
        Listings = new FtpListingCommands(this);
        Hashes = new FtpHashCommands(this);
        Facts = new FtpFactCommands(this);
    }

    public MockFtpServer Server { get; }

    public MockFtpServerOptions Options { get; }

    public MockConnection Connection { get; }

    /// <summary>Ends with the connection.</summary>
    public CancellationToken Lifetime { get; }

    public FtpTree Tree => Server.Tree;

    public FtpPortCommands Ports { get; }

    public FtpListingCommands Listings { get; }

    public FtpHashCommands Hashes { get; }

    public FtpFactCommands Facts { get; }

    /// <summary>Answers with one line.</summary>
    public Task ReplyAsync(MockFtpCall call, int code, string text) => _replies.ReplyAsync(call, code, text);

    /// <summary>Answers with lines between a first and a last one.</summary>
    public Task ReplyAsync(MockFtpCall call, int code, string first, IEnumerable<string> lines, string last) =>
        _replies.ReplyAsync(call, code, first, lines, last);

    /// <summary>Answers no to what is wrong by the RFCs, and notes that.</summary>
    public Task RefuseAsync(MockFtpCall call, int code, string text) => _replies.RefuseAsync(call, code, text);

    public async Task RunAsync()
    {
        try
        {
            if (await GreetAsync().ConfigureAwait(false)) await ReadCommandsAsync().ConfigureAwait(false);
        }
        finally
        {
            await EndTransferAsync().ConfigureAwait(false);
            if (_isCounted) Server.Leave(_user!);
        }
    }

    public void Dispose()
    {
        _replies.Dispose();
        _abort?.Dispose();
        Ports.Dispose();
    }

    private async Task ReadCommandsAsync()
    {
        Task<FtpLine?>? reading = null;
        while (!_isOver && !_replies.IsOver)
        {
            if (_transfer is { } transfer)
            {
                // What changes the stream is the last thing that is read before it is done.
                bool mayRead = !_waiting.Any(static waiting => waiting.Verb?.ChangesStream == true);
                if (mayRead) await Task.WhenAny(transfer, reading ??= _reader.ReadAsync(Lifetime).AsTask()).ConfigureAwait(false);
                else await transfer.ConfigureAwait(false);
                if (transfer.IsCompleted)
                {
                    _transfer = null;
                    await transfer.ConfigureAwait(false);
                    continue;
                }
            }
            else if (_waiting.TryDequeue(out (MockFtpCall Call, FtpVerb? Verb) next))
            {
                await ServeAsync(next.Call, next.Verb).ConfigureAwait(false);
                continue;
            }

            reading ??= _reader.ReadAsync(Lifetime).AsTask();
            if (!await HasComeAsync(reading).ConfigureAwait(false)) return;
            FtpLine? line = await reading.ConfigureAwait(false);
            reading = null;
            if (line is null) return;
            MockFtpCall call = Note(line.Value, out FtpVerb? verb);
            if (_transfer is not null && !IsAnsweredAtOnce(verb)) _waiting.Enqueue((call, verb));
            else await ServeAsync(call, verb).ConfigureAwait(false);
        }
    }

    private bool IsAnsweredAtOnce(FtpVerb? verb) =>
        verb is { DuringTransfer: true } && (Options.AnswersDuringTransfers || verb.Name == "ABOR");

    // False when the client was silent for too long, and was told so.
    private async Task<bool> HasComeAsync(Task<FtpLine?> reading)
    {
        if (Options.IdleTimeout == Timeout.InfiniteTimeSpan || _transfer is not null) return true;
        try
        {
            await reading.WaitAsync(Options.IdleTimeout, Options.TimeProvider, Lifetime).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            await _replies.WriteAsync("421 Timeout.\r\n").ConfigureAwait(false);
            return false;
        }
    }

    private MockFtpCall Note(FtpLine line, out FtpVerb? verb)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        int space = bytes.IndexOf((byte)' ');
        string name = FtpText.Decode(space < 0 ? bytes : bytes[..space], IsUtf8).ToUpperInvariant();
        string argument = space < 0 ? "" : FtpText.Decode(bytes[(space + 1)..], IsUtf8);
        verb = line.Problem is null && !Options.Without.Contains(name, StringComparer.OrdinalIgnoreCase) ? FtpVerbs.All.GetValueOrDefault(name) : null;
        var call = new MockFtpCall(line.Problem is null ? name : "", argument, space >= 0)
        {
            ConnectionId = Connection.Id,
            Problem = line.Problem ?? (name.Length == 0 ? "There is no command in it." : null),
        };
        if (name is "PASS" or "ACCT" && !Options.KeepPasswords) call.Argument = "***";
        Capture(call);
        Server.Calls.Add(call);
        return call;
    }

    private void Capture(MockFtpCall call)
    {
        call.User = _user;
        call.Host = _host;
        call.Language = _language ?? Options.Languages[0];
        call.IsTls = IsTls;
        call.TlsVersion = Connection.Tls?.SslProtocol ?? SslProtocols.None;
        call.IsDataProtected = _isDataProtected;
        call.WorkingDirectory = "/" + _directory;
        call.Type = _type;
        call.Mode = _mode;
        call.DataMode = Ports.Mode;
        call.RestOffset = _offset;
    }

    private async Task ServeAsync(MockFtpCall call, FtpVerb? verb)
    {
        Capture(call);
        call.Rule = call.Verb.Length == 0 ? null : Server.Replies.Find(call);
        if (call.Rule?.Reply is { } reply) await _replies.AnswerAsync(call, reply(call)).ConfigureAwait(false);
        else if (await IsInOrderAsync(call, verb).ConfigureAwait(false)) await RunAsync(call, verb!).ConfigureAwait(false);
        if (call.Verb is not "RNFR") _renameFrom = null;
        if (_transferCall != call) call.Finish();
    }

    // What the disk refuses is an answer; what fails once there is one is the connection's end.
    private async Task RunAsync(MockFtpCall call, FtpVerb verb)
    {
        string refusal;
        try
        {
            await verb.Run(this, call).ConfigureAwait(false);
            return;
        }
        catch (Exception failure) when (DiskRefusal.Is(failure) && call.Replies.Count == 0)
        {
            Connection.Note(failure.Message);
            refusal = DiskRefusal.Told(failure);
        }

        await ReplyAsync(call, 550, refusal).ConfigureAwait(false);
    }

    private async Task<bool> IsInOrderAsync(MockFtpCall call, FtpVerb? verb)
    {
        if (call.Verb.Length == 0)
        {
            await ReplyAsync(call, 500, "Not a command line: " + call.Problem).ConfigureAwait(false);
        }
        else if (verb is null)
        {
            await RefuseAsync(call, 500, "Unknown command.").ConfigureAwait(false);
        }
        else if (verb.Argument == FtpArgument.None && call.HasArgument)
        {
            await RefuseAsync(call, 501, $"{call.Verb} takes no argument.").ConfigureAwait(false);
        }
        else if (verb.Argument == FtpArgument.Required && call.Value.Length == 0)
        {
            await RefuseAsync(call, 501, $"{call.Verb} needs an argument.").ConfigureAwait(false);
        }
        else if (verb.Moment == FtpMoment.LoggedIn && !_isLoggedIn)
        {
            await RefuseAsync(call, 530, "Please log in with USER and PASS.").ConfigureAwait(false);
        }
        else if (verb.Writes && IsReadOnly)
        {
            await ReplyAsync(call, 550, "Permission denied: read-only.").ConfigureAwait(false);
        }
        else
        {
            return true;
        }

        return false;
    }
}
