namespace ProtocolClients;

/// <summary>
/// The size and the time of a file on the server, which name its content as well as FTP can. Asked for together, where commands may go out
/// together.
/// </summary>
internal sealed class FtpFacts(FtpPath path)
{
    public FtpFacts(FtpPath path, long? size, DateTimeOffset? modified)
        : this(path) => (Size, Modified) = (size, modified);

    /// <summary>In bytes; null where the server tells none.</summary>
    public long? Size { get; private set; }

    /// <summary>When it was changed; null where the server does not tell.</summary>
    public DateTimeOffset? Modified { get; private set; }

    /// <summary>Both as one word; null when one of them is unknown.</summary>
    public string? Identity => Size is { } size && Modified is { } modified
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{size} {FtpTime.Format(modified)}")
        : null;

    /// <summary>Asks for both. The connection is in TYPE I.</summary>
    public async ValueTask AskAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        if (connection.Pipelines)
        {
            await WriteAsync(connection, cancellationToken).ConfigureAwait(false);
            await connection.FlushAsync(cancellationToken).ConfigureAwait(false);
            await ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            return;
        }

        TakeSize(await connection.SendAsync(FtpCommand.Size(path), cancellationToken).ConfigureAwait(false));
        TakeTime(await connection.SendAsync(FtpCommand.Modified(path), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Puts both questions into the next segment.</summary>
    public async ValueTask WriteAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        await connection.WriteAsync(FtpCommand.Size(path), cancellationToken).ConfigureAwait(false);
        await connection.WriteAsync(FtpCommand.Modified(path), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes both answers.</summary>
    public async ValueTask ReadAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        TakeSize(await connection.ReadReplyAsync(cancellationToken).ConfigureAwait(false));
        TakeTime(await connection.ReadReplyAsync(cancellationToken).ConfigureAwait(false));
    }

    private void TakeSize(FtpReply reply) => Size = reply.Code == 213 && FtpReplyText.TrySize(reply.FirstLine, out long size) ? size : null;

    private void TakeTime(FtpReply reply) =>
        Modified = reply.Code == 213 && FtpReplyText.TryTime(reply.FirstLine, out DateTimeOffset modified, out _) ? modified : null;
}
