namespace ProtocolClients;

/// <summary>
/// The server understood a command and said no, or broke a transfer off and said so. <see cref="ProtocolClientException.IsTransient"/> for
/// 4yz. A refusal leaves everything as it was (RFC 959 §4.2); of a transfer that had begun a part may be there.
/// </summary>
public sealed class FtpReplyException : ReplyException
{
    /// <summary>Makes a refusal.</summary>
    /// <param name="command">The verb of the command that was refused; <c>greeting</c> for the server's first word.</param>
    /// <param name="reply">What the server said.</param>
    /// <param name="begun">Whether the command had begun (1yz) before the server said no.</param>
    public FtpReplyException(string command, FtpReply reply, bool begun = false)
        : base($"The server refused {command}: {reply}", reply.IsTransient)
    {
        Command = command;
        Reply = reply;
        Delivery = begun ? Delivery.Answered : Delivery.Refused;
    }

    /// <summary>The verb of the command, for example <c>RETR</c>.</summary>
    public string Command { get; }

    /// <summary>What the server said.</summary>
    public FtpReply Reply { get; }

    /// <summary>The code of what the server said.</summary>
    public int Code => Reply.Code;

    /// <summary>
    /// True when the server refused a data connection for its TLS, as far as can be told: nothing of the transfer was done, and over another control
    /// connection, with a session of its own, it may be.
    /// </summary>
    internal bool IsSessionRefused { get; init; }

    /// <summary>
    /// True when the server takes no more connections now: 421, and the 530 that some say so with. Told by the text, since RFC 959 has no
    /// code for it.
    /// </summary>
    internal bool IsTooMany => Command is "greeting" or "USER" or "PASS" && (Reply.Code == 421 || (Reply.Code == 530 && SaysTooMany(Reply.Text)));

    private static bool SaysTooMany(string text) =>
        text.Contains("too many", StringComparison.OrdinalIgnoreCase) || text.Contains("maximum", StringComparison.OrdinalIgnoreCase);
}
