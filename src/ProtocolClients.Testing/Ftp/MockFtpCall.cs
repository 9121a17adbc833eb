using System.Globalization;

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
    public string? User { get; internal init; }

    /// <summary>Whether the control connection was under TLS.</summary>
    public bool IsTls { get; internal init; }

    /// <summary>Whether data connections were to be under TLS (PROT P).</summary>
    public bool IsDataProtected { get; internal init; }

    /// <summary>The working directory, from the root: <c>/pub</c>.</summary>
    public string WorkingDirectory { get; internal init; } = "/";

    /// <summary>The type that was set: <c>A</c> or <c>I</c>.</summary>
    public char Type { get; internal init; } = 'A';

    /// <summary>The mode that was set: <c>S</c>, or <c>Z</c> for deflate.</summary>
    public char Mode { get; internal init; } = 'S';

    /// <summary>How the next data connection was to be made.</summary>
    public MockFtpDataMode DataMode { get; internal init; }

    /// <summary>Where the transfer was to begin (REST).</summary>
    public long RestOffset { get; internal init; }

    /// <summary>What was wrong with the line or its moment by the RFCs, for a person; null for nothing.</summary>
    public string? Problem { get; internal set; }

    /// <summary>How many bytes passed the data connection, as they were in it: after ASCII conversion and compression, before TLS.</summary>
    public long DataBytes => Interlocked.Read(ref _dataBytes);

    /// <summary>The code of the last reply, or 0 while there is none.</summary>
    public int Code => Replies is [.., { } last] ? int.Parse(last.AsSpan(0, 3), CultureInfo.InvariantCulture) : 0;

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
