using System.Globalization;
using System.Security.Authentication;

namespace ProtocolClients.Testing;

/// <summary>How a data connection is made.</summary>
public enum MockFtpDataMode
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>The client connects (PASV).</summary>
    Passive,

    /// <summary>The client connects (EPSV, RFC 2428).</summary>
    ExtendedPassive,

    /// <summary>The server connects (PORT).</summary>
    Active,

    /// <summary>The server connects (EPRT, RFC 2428).</summary>
    ExtendedActive,
}

/// <summary>One command that a <see cref="MockFtpServer"/> received, and what became of it.</summary>
public sealed class MockFtpCall
{
    private readonly TaskCompletionSource<int> _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _replies = [];
    private long _dataBytes;

    internal MockFtpCall(string verb, string argument, bool hasArgument)
    {
        Verb = verb;
        Value = argument;
        Argument = argument;
        HasArgument = hasArgument;
    }

    /// <summary>The command, in upper case: <c>RETR</c>; empty for a line that is no command.</summary>
    public string Verb { get; }

    /// <summary>
    /// What stands behind the blank after the command, untouched; <c>***</c> for PASS and ACCT. Bytes that are no UTF-8 are lone surrogates,
    /// U+DC80 for 0x80 to U+DCFF for 0xFF.
    /// </summary>
    public string Argument { get; internal set; }

    /// <summary>The number of the control connection, from 1.</summary>
    public long ConnectionId { get; internal init; }

    /// <summary>Who is logged in, or named by USER; null before.</summary>
    public string? User { get; internal set; }

    /// <summary>The host that HOST named (RFC 7151), or USER at a proxy (<see cref="MockFtpServerOptions.IsLoginProxy"/>); null for none.</summary>
    public string? Host { get; internal set; }

    /// <summary>The language of replies that LANG chose, or the one to begin with: <c>EN</c>.</summary>
    public string Language { get; internal set; } = "EN";

    /// <summary>Whether the control connection was under TLS.</summary>
    public bool IsTls { get; internal set; }

    /// <summary>The version of TLS on the control connection; <see cref="SslProtocols.None"/> without TLS.</summary>
    public SslProtocols TlsVersion { get; internal set; }

    /// <summary>Whether data connections were to be under TLS (PROT P).</summary>
    public bool IsDataProtected { get; internal set; }

    /// <summary>The working directory, from the root: <c>/pub</c>.</summary>
    public string WorkingDirectory { get; internal set; } = "/";

    /// <summary>The type that was set: <c>A</c> or <c>I</c>.</summary>
    public char Type { get; internal set; } = 'A';

    /// <summary>The mode that was set: <c>S</c>, or <c>Z</c> for deflate.</summary>
    public char Mode { get; internal set; } = 'S';

    /// <summary>How the next data connection was to be made.</summary>
    public MockFtpDataMode DataMode { get; internal set; }

    /// <summary>Where the transfer was to begin (REST).</summary>
    public long RestOffset { get; internal set; }

    /// <summary>Whether the data connection was under TLS.</summary>
    public bool IsDataTls { get; internal set; }

    /// <summary>Whether its TLS took up an earlier session instead of beginning a new one.</summary>
    public bool IsDataTlsResumed { get; internal set; }

    /// <summary>
    /// Of an upload under TLS: whether the client said that it was done (close_notify) instead of just ending the connection. In TLS 1.3 an end
    /// in the middle of two last bytes looks the same.
    /// </summary>
    public bool DataEndedInOrder { get; internal set; }

    /// <summary>What was wrong with the line or its moment by the RFCs, for a person; null for nothing.</summary>
    public string? Problem { get; internal set; }

    /// <summary>How many bytes passed the data connection, as they were in it: after ASCII conversion and compression, before TLS.</summary>
    public long DataBytes => Interlocked.Read(ref _dataBytes);

    /// <summary>The code of the last reply, or 0 while there is none.</summary>
    public int Code => Replies is [.., { Length: >= 3 } last]
        && int.TryParse(last.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int code) ? code : 0;

    /// <summary>The replies in order, with their codes; of one with several lines the last line.</summary>
    public IReadOnlyList<string> Replies
    {
        get
        {
            lock (_replies) return [.. _replies];
        }
    }

    /// <summary>What stands behind the blank, also of PASS.</summary>
    internal string Value { get; }

    internal bool HasArgument { get; }

    /// <summary>How it is to be answered otherwise.</summary>
    internal MockFtpReplyRule? Rule { get; set; }

    /// <summary>Completes with the code of the last reply, when the command is done with.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<int> WaitForReplyAsync(CancellationToken cancellationToken = default) => _answered.Task.WaitAsync(cancellationToken);

    /// <summary>The command and the code that answered it.</summary>
    public override string ToString()
    {
        string line = HasArgument ? $"{Verb} {Argument}" : Verb;
        string data = DataBytes > 0 ? $" ({DataBytes} bytes)" : "";
        return $"{line} (connection {ConnectionId}) -> {(Code == 0 ? "?" : Code)}{data}{(Problem is null ? "" : " ! " + Problem)}";
    }

    internal void AddReply(string line)
    {
        lock (_replies) _replies.Add(line);
    }

    internal void AddData(long count) => Interlocked.Add(ref _dataBytes, count);

    internal void Finish() => _answered.TrySetResult(Code);
}
