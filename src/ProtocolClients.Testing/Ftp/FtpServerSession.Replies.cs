using System.Globalization;
using System.Text;

namespace ProtocolClients.Testing;

internal sealed partial class FtpServerSession
{
    /// <summary>Answers with one line.</summary>
    public Task ReplyAsync(MockFtpCall call, int code, string text) => WriteReplyAsync(call, code, [text]);

    /// <summary>Answers no to what is wrong by the RFCs, and notes that.</summary>
    private Task RefuseAsync(MockFtpCall call, int code, string text)
    {
        call.Problem ??= text;
        return ReplyAsync(call, code, text);
    }

    /// <summary>Answers with lines between a first and a last one (RFC 959 §4.2); each begins with a blank.</summary>
    private Task ReplyAsync(MockFtpCall call, int code, string first, IEnumerable<string> lines, string last) =>
        WriteReplyAsync(call, code, [first, .. lines.Select(static line => " " + line), last]);

    private Task WriteReplyAsync(MockFtpCall? call, int code, string[] lines)
    {
        var text = new StringBuilder();
        for (int i = 0; i < lines.Length; i++)
        {
            bool isLast = i == lines.Length - 1;
            if (isLast) text.Append(CultureInfo.InvariantCulture, $"{code:000} ");
            else if (i == 0) text.Append(CultureInfo.InvariantCulture, $"{code:000}-");
            text.Append(lines[i]).Append("\r\n");
        }

        call?.AddReply(string.Create(CultureInfo.InvariantCulture, $"{code:000} {lines[^1]}"));
        return WriteAsync(text.ToString());
    }

    // Transfers and commands answer at once; each reply goes out whole.
    private async Task WriteAsync(string text)
    {
        byte[] bytes = FtpText.Encode(text, IsUtf8);
        await _writing.WaitAsync(_lifetime).ConfigureAwait(false);
        try
        {
            await _connection.Stream.WriteAsync(bytes, _lifetime).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }
}
