using System.Globalization;
using System.Text;

namespace ProtocolClients.Testing;

/// <summary>Writes the replies of a session, as the rules of its commands will have them.</summary>
internal sealed class FtpReplyWriter(MockConnection connection, TimeProvider time, CancellationToken lifetime) : IDisposable
{
    private readonly SemaphoreSlim _writing = new(1);
    private string _held = "";

    /// <summary>Whether text is UTF-8, else Latin-1.</summary>
    public bool IsUtf8 { get; set; } = true;

    /// <summary>Whether a reply was written behind which the connection is to be closed.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Answers with one line.</summary>
    public Task ReplyAsync(MockFtpCall call, int code, string text) => WriteReplyAsync(call, code, [text]);

    /// <summary>Answers no to what is wrong by the RFCs, and notes that.</summary>
    public Task RefuseAsync(MockFtpCall call, int code, string text)
    {
        call.Problem ??= text;
        return ReplyAsync(call, code, text);
    }

    /// <summary>Answers with lines between a first and a last one (RFC 959 §4.2); each begins with a blank.</summary>
    public Task ReplyAsync(MockFtpCall call, int code, string first, IEnumerable<string> lines, string last) =>
        WriteReplyAsync(call, code, [first, .. lines.Select(static line => " " + line), last]);

    /// <summary>Answers with lines as they are.</summary>
    public Task WriteReplyAsync(MockFtpCall call, int code, string[] lines)
    {
        var text = new StringBuilder();
        for (int i = 0; i < lines.Length; i++)
        {
            if (i > 0) text.Append('\n');
            if (i == lines.Length - 1) text.Append(CultureInfo.InvariantCulture, $"{code:000} ");
            else if (i == 0) text.Append(CultureInfo.InvariantCulture, $"{code:000}-");
            text.Append(lines[i]);
        }

        return AnswerAsync(call, text.ToString());
    }

    /// <summary>Sends a reply, its lines parted by LF, as the command's rule will have it.</summary>
    public async Task AnswerAsync(MockFtpCall call, string reply)
    {
        MockFtpReplyRule? rule = call.Rule;
        bool isFinal = !reply.StartsWith('1');
        if (rule is null)
        {
            await SendReplyAsync(call, reply, "", "").ConfigureAwait(false);
        }
        else if (!isFinal)
        {
            string before = rule.IsFinalFirst ? Wire("226 Transfer complete.") : "";
            await SendReplyAsync(call, reply, before, "").ConfigureAwait(false);
        }
        else if (!rule.IsFinalFirst && !rule.HasNoFinal)
        {
            reply = rule.Final ?? reply;
            if (rule.Change is { } change) reply = change(reply);
            await Task.Delay(rule.Pause, time, lifetime).ConfigureAwait(false);
            if (rule.IsEndless) await WriteEndlesslyAsync(call, reply).ConfigureAwait(false);
            else if (rule.IsAfterNext) _held += Wire(reply);
            else await SendReplyAsync(call, reply, rule.Before, rule.After).ConfigureAwait(false);
        }

        if (isFinal && rule is { Closes: true }) IsOver = true;
    }

    private async Task SendReplyAsync(MockFtpCall call, string reply, string before, string after)
    {
        call.AddReply(reply[(reply.LastIndexOf('\n') + 1)..]);
        string held = _held;
        _held = "";
        await WriteAsync(before + Wire(reply) + after + held).ConfigureAwait(false);
    }

    private async Task WriteEndlesslyAsync(MockFtpCall call, string reply)
    {
        string code = reply.Length < 3 ? "220" : reply[..3];
        call.AddReply(code + "-and so on");
        await WriteAsync(code + "-It begins.\r\n").ConfigureAwait(false);
        string more = string.Concat(Enumerable.Repeat(code + "-And so on.\r\n", 100));
        while (true) await WriteAsync(more).ConfigureAwait(false);
    }

    private static string Wire(string reply) => reply.Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n";

    public void Dispose() => _writing.Dispose();

    /// <summary>Sends text as it is. Transfers and commands answer at once; each reply goes out whole.</summary>
    public async Task WriteAsync(string text)
    {
        byte[] bytes = FtpText.Encode(text, IsUtf8);
        await _writing.WaitAsync(lifetime).ConfigureAwait(false);
        try
        {
            await connection.Stream.WriteAsync(bytes, lifetime).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }
}
