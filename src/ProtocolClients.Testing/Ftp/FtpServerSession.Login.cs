using System.Globalization;

namespace ProtocolClients.Testing;

internal sealed partial class FtpServerSession
{
    private string? _user;
    private string? _host;
    private MockFtpUser? _known;
    private bool _isLoggedIn;
    private bool _awaitsAccount;
    private bool _isCounted;
    private bool _isLatin;

    // The text of commands and replies: what is no UTF-8 goes through unchanged.
    public bool IsUtf8 => Options.Utf8 && !_isLatin;

    public bool IsReadOnly => !Options.WritableFiles || _known?.IsReadOnly == true;

    private bool IsAnonymous => _user is not null && IsAnonymousName(_user);

    /// <summary>HOST (RFC 7151): before USER.</summary>
    public Task HostAsync(MockFtpCall call)
    {
        if (_user is not null) return RefuseAsync(call, 503, "HOST comes before USER.");
        if (Options.Hosts.Count > 0 && !Options.Hosts.Contains(call.Value, StringComparer.OrdinalIgnoreCase)) return ReplyAsync(call, 504, "No such host here.");
        _host = call.Value;
        return ReplyAsync(call, 220, "Host " + call.Value);
    }

    public async Task UserAsync(MockFtpCall call)
    {
        await LogOutAsync(endTls: false).ConfigureAwait(false);
        if (Options.RequireTls && !IsTls)
        {
            await ReplyAsync(call, 530, "Not without TLS; send AUTH TLS.").ConfigureAwait(false);
            return;
        }

        string name = call.Value;
        if (Options.IsLoginProxy)
        {
            int at = name.LastIndexOf('@');
            if (at <= 0 || at == name.Length - 1)
            {
                await RefuseAsync(call, 501, "Of which server? USER user@host.").ConfigureAwait(false);
                return;
            }

            (name, _host) = (name[..at], name[(at + 1)..]);
        }

        _user = name;
        _known = Server.Users.Find(name);
        if (_known is { NeedsPassword: false }) await LogInAsync(call).ConfigureAwait(false);
        else if (IsAnonymous) await ReplyAsync(call, 331, "Send your mail address as password.").ConfigureAwait(false);
        else await ReplyAsync(call, 331, "Please send the password.").ConfigureAwait(false);
    }

    public Task PasswordAsync(MockFtpCall call)
    {
        if (_user is null || _isLoggedIn || _awaitsAccount) return RefuseAsync(call, 503, "PASS comes right after USER.");
        bool isRight = _known is not null
            ? _known.Password is null || _known.Password == call.Value
            : IsAnonymous ? Options.AllowAnonymous : Server.Users.Count == 0;
        if (!isRight)
        {
            _user = null;
            return ReplyAsync(call, 530, "Not logged in: wrong name or password.");
        }

        if (_known?.Account is null) return LogInAsync(call);
        _awaitsAccount = true;
        return ReplyAsync(call, 332, "Send the account.");
    }

    public Task AccountAsync(MockFtpCall call)
    {
        if (_isLoggedIn) return ReplyAsync(call, 202, "No account is needed.");
        if (!_awaitsAccount) return RefuseAsync(call, 503, "ACCT comes when 332 asks for it.");
        _awaitsAccount = false;
        if (_known!.Account == call.Value) return LogInAsync(call);
        _user = null;
        return ReplyAsync(call, 530, "Not logged in: wrong account.");
    }

    /// <summary>REIN: as after the greeting, and TLS ends (RFC 4217 §13); a transfer goes on to its end before it.</summary>
    public async Task ReinitialiseAsync(MockFtpCall call)
    {
        await ReplyAsync(call, 220, "Begin anew.").ConfigureAwait(false);
        await LogOutAsync(endTls: true).ConfigureAwait(false);
    }

    public Task QuitAsync(MockFtpCall call)
    {
        _isOver = true;
        return ReplyAsync(call, 221, "Goodbye.");
    }

    private static bool IsAnonymousName(string name) =>
        name.Equals("anonymous", StringComparison.OrdinalIgnoreCase) || name.Equals("ftp", StringComparison.OrdinalIgnoreCase);

    private async Task LogInAsync(MockFtpCall call)
    {
        if (!Server.TryEnter(_user!, _known?.MaxConnections ?? int.MaxValue))
        {
            _isOver = true;
            await ReplyAsync(call, 421, "Too many connections of this user.").ConfigureAwait(false);
            return;
        }

        _isCounted = true;
        _isLoggedIn = true;
        _directory = MockFiles.Normalise(_known?.Home ?? "/") ?? "";
        if (_directory.Length > 0 && !Tree.IsDirectory(_directory)) Server.Files.AddDirectory(_directory);
        await ReplyAsync(call, 230, "Logged in.").ConfigureAwait(false);
    }

    private async Task LogOutAsync(bool endTls)
    {
        if (_isCounted) Server.Leave(_user!);
        _isCounted = _isLoggedIn = _awaitsAccount = false;
        _user = null;
        _known = null;
        if (!endTls) return;
        (_type, _mode, _offset, _directory, _host, _language) = ('A', 'S', 0, "", null, null);
        ChooseUtf8(true);
        Listings.Chosen = FtpFacts.Default;
        _hasBufferSize = _isDataProtected = false;
        Ports.Reset();
        if (IsTls && !Options.Tls) await Connection.StopTlsAsync(Lifetime).ConfigureAwait(false);
    }

    private async Task<bool> GreetAsync()
    {
        ChooseUtf8(true);
        var call = new MockFtpCall("", "", false) { Rule = Server.Replies.FindGreeting() };
        if (call.Rule?.Reply is { } reply)
        {
            await _replies.AnswerAsync(call, reply(call)).ConfigureAwait(false);
            return !_replies.IsOver && call.Code is >= 200 and < 300;
        }

        if (Server.OpenConnections > Options.MaxConnections)
        {
            await _replies.WriteReplyAsync(call, 421, ["Too many connections."]).ConfigureAwait(false);
            return false;
        }

        if (Options.ReadyAfter > TimeSpan.Zero)
        {
            string minutes = Math.Ceiling(Options.ReadyAfter.TotalMinutes).ToString("000", CultureInfo.InvariantCulture);
            await _replies.WriteReplyAsync(call, 120, [$"Service ready in {minutes} minutes."]).ConfigureAwait(false);
            await Task.Delay(Options.ReadyAfter, Options.TimeProvider, Lifetime).ConfigureAwait(false);
        }

        await _replies.WriteReplyAsync(call, 220, Options.Greeting.Split('\n')).ConfigureAwait(false);
        return !_replies.IsOver;
    }
}
