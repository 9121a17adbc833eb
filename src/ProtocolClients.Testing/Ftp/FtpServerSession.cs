namespace ProtocolClients.Testing;

/// <summary>One control connection: reads commands one by one, also while a transfer runs, and answers each.</summary>
internal sealed partial class FtpServerSession : IDisposable
{
    private readonly MockFtpServer _server;
    private readonly MockFtpServerOptions _options;
    private readonly MockConnection _connection;
    private readonly FtpLineReader _reader;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Queue<(MockFtpCall Call, FtpVerb? Verb)> _waiting = new();
    private CancellationToken _lifetime;
    private bool _isOver;

    public FtpServerSession(MockFtpServer server, MockFtpServerOptions options, MockConnection connection)
    {
        _server = server;
        _options = options;
        _connection = connection;
        _reader = new FtpLineReader(connection.Stream, options.MaxLineLength);
    }

    private FtpTree Tree => _server.Tree;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _lifetime = cancellationToken;
        try
        {
            await WriteReplyAsync(null, 220, _options.Greeting.Split('\n')).ConfigureAwait(false);
            await ReadCommandsAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await EndTransferAsync().ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _writing.Dispose();
        _port?.Dispose();
    }

    private async Task ReadCommandsAsync(CancellationToken cancellationToken)
    {
        Task<FtpLine?>? reading = null;
        while (!_isOver)
        {
            if (_transfer is { } transfer)
            {
                // What changes the stream is the last thing that is read before it is done.
                bool mayRead = !_waiting.Any(static waiting => waiting.Verb?.ChangesStream == true);
                if (mayRead) await Task.WhenAny(transfer, reading ??= _reader.ReadAsync(cancellationToken).AsTask()).ConfigureAwait(false);
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

            reading ??= _reader.ReadAsync(cancellationToken).AsTask();
            FtpLine? line = await reading.ConfigureAwait(false);
            reading = null;
            if (line is null) return;
            MockFtpCall call = Note(line.Value, out FtpVerb? verb);
            if (_transfer is not null && verb is not { DuringTransfer: true }) _waiting.Enqueue((call, verb));
            else await ServeAsync(call, verb).ConfigureAwait(false);
        }
    }

    // The call as it came; what the state was is noted when it is served.
    private MockFtpCall Note(FtpLine line, out FtpVerb? verb)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        int space = bytes.IndexOf((byte)' ');
        string name = FtpText.Decode(space < 0 ? bytes : bytes[..space], IsUtf8).ToUpperInvariant();
        string argument = space < 0 ? "" : FtpText.Decode(bytes[(space + 1)..], IsUtf8);
        verb = line.Problem is null && !_options.Without.Contains(name, StringComparer.OrdinalIgnoreCase) ? FtpVerbs.All.GetValueOrDefault(name) : null;
        var call = new MockFtpCall(line.Problem is null ? name : "", argument, space >= 0)
        {
            ConnectionId = _connection.Id,
            User = _user,
            IsTls = _connection.Tls is not null,
            WorkingDirectory = "/" + _directory,
            Type = _type,
            Mode = _mode,
            DataMode = _port?.Mode ?? MockFtpDataMode.None,
            RestOffset = _offset,
            Problem = line.Problem ?? (name.Length == 0 ? "There is no command in it." : null),
        };
        if (name is "PASS" or "ACCT" && !_options.KeepPasswords) call.Argument = "***";
        _server.Calls.Add(call);
        return call;
    }

    private async Task ServeAsync(MockFtpCall call, FtpVerb? verb)
    {
        if (await IsInOrderAsync(call, verb).ConfigureAwait(false)) await verb!.Run(this, call).ConfigureAwait(false);
        if (call.Verb is not "RNFR") _renameFrom = null;
        if (_transferCall != call) call.Finish();
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
        else
        {
            return true;
        }

        return false;
    }
}
