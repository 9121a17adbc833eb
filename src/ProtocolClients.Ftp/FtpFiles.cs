using System.Globalization;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>What one connection does to files that are there: their times, their modes, their hashes.</summary>
internal static class FtpFiles
{
    /// <summary>The size in bytes (SIZE, RFC 3659 §4); null where the server tells none.</summary>
    public static async ValueTask<long?> SizeAsync(this FtpConnection connection, FtpPath path, CancellationToken cancellationToken)
    {
        await connection.PrepareAsync(FtpDataType.Binary, cancellationToken).ConfigureAwait(false);
        FtpReply reply = await connection.SendAsync(FtpCommand.Size(path), cancellationToken).ConfigureAwait(false);
        return reply.Code == 213 && FtpReplyText.TrySize(reply.FirstLine, out long bytes) ? bytes : null;
    }

    /// <summary>Whether a file of the name is there: by its size, which also a server without facts tells of files only.</summary>
    public static async ValueTask<bool> ExistsAsync(this FtpConnection connection, FtpPath path, CancellationToken cancellationToken)
    {
        await connection.PrepareAsync(FtpDataType.Binary, cancellationToken).ConfigureAwait(false);
        FtpReply reply = await connection.SendAsync(FtpCommand.Size(path), cancellationToken).ConfigureAwait(false);
        if (reply.Code == 213) return true;
        if (reply.IsTransient) throw connection.Refused("SIZE", reply);
        // 550 is no such file, or no file; anything else says nothing of it.
        if (reply.Code == 550 && !connection.HasFacts) return false;
        try
        {
            await connection.StatAsync(path, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (FtpReplyException refusal) when (!refusal.IsTransient)
        {
            return false;
        }
    }

    /// <summary>Renames in two steps that belong together (RNFR, RNTO).</summary>
    public static async ValueTask RenameAsync(this FtpConnection connection, FtpPath from, FtpPath to, CancellationToken cancellationToken)
    {
        // Both are checked before either is sent.
        _ = to.Encode(connection.Options.Encoding);
        await connection.ExpectAsync(FtpCommand.On("RNFR", from), cancellationToken).ConfigureAwait(false);
        await connection.ExpectAsync(FtpCommand.On("RNTO", to), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sets when a file was changed: MFMT, else MDTM with a time in front, as older servers take it, else SITE UTIME.</summary>
    public static async ValueTask SetModifiedAsync(this FtpConnection connection, FtpPath path, DateTimeOffset modified, CancellationToken cancellationToken)
    {
        string time = FtpTime.FormatSeconds(modified);
        if (connection.Capabilities.Mfmt)
        {
            await connection.ExpectAsync(FtpCommand.On("MFMT", time, path), cancellationToken).ConfigureAwait(false);
            return;
        }

        FtpReply reply = connection.Capabilities.SiteUtime
            ? await connection.SendAsync(FtpCommand.On("SITE", "UTIME " + time, path), cancellationToken).ConfigureAwait(false)
            : await connection.SendAsync(FtpCommand.On("MDTM", time, path), cancellationToken).ConfigureAwait(false);
        if (!reply.IsPositive && !connection.Capabilities.SiteUtime)
            reply = await connection.SendAsync(FtpCommand.On("SITE", "UTIME " + time, path), cancellationToken).ConfigureAwait(false);
        // 213 with the time that it has: MDTM was read as a question about a file of that name.
        if (!reply.IsPositive) throw IsUnknown(reply) ? new CapabilityMissingException("MFMT") { Endpoint = connection.EndPoint } : connection.Refused("MFMT", reply);
        DateTimeOffset? now = await connection.ModifiedAsync(path, cancellationToken).ConfigureAwait(false);
        if (now is { } said && Math.Abs((said - modified).TotalSeconds) >= 2) throw new CapabilityMissingException("MFMT", "The server does not set times.") { Endpoint = connection.EndPoint };
    }

    /// <summary>Sets when a file was made (MFCT).</summary>
    public static async ValueTask SetCreatedAsync(this FtpConnection connection, FtpPath path, DateTimeOffset created, CancellationToken cancellationToken)
    {
        FtpReply reply = await connection.SendAsync(FtpCommand.On("MFCT", FtpTime.FormatSeconds(created), path), cancellationToken).ConfigureAwait(false);
        if (!reply.IsPositive) throw IsUnknown(reply) ? new CapabilityMissingException("MFCT") { Endpoint = connection.EndPoint } : connection.Refused("MFCT", reply);
    }

    /// <summary>
    /// Sets several facts together.
    /// <code>
    /// mff       = "MFF" SP mff-facts SP pathname CRLF       ; draft-somers-ftp-mfxx-04 §5.1
    /// mff-facts = 1*( mff-fact ";" )                        ; name=value
    /// </code>
    /// </summary>
    public static async ValueTask SetFactsAsync(this FtpConnection connection, FtpPath path, FtpFactChanges changes, CancellationToken cancellationToken)
    {
        if (!connection.Capabilities.Mff) throw new CapabilityMissingException("MFF") { Endpoint = connection.EndPoint };
        var text = new System.Text.StringBuilder();
        foreach ((string fact, string value) in changes.Facts)
        {
            if (!connection.Capabilities.SetsFact(fact)) throw new CapabilityMissingException("MFF " + fact) { Endpoint = connection.EndPoint };
            text.Append(fact).Append('=').Append(value).Append(';');
        }

        FtpReply reply = await connection.SendAsync(FtpCommand.On("MFF", text.ToString(), path), cancellationToken).ConfigureAwait(false);
        if (!reply.IsPositive) throw IsUnknown(reply) ? new CapabilityMissingException("MFF") { Endpoint = connection.EndPoint } : connection.Refused("MFF", reply);
    }

    /// <summary>Sets the bits of a Unix mode (SITE CHMOD, in no RFC).</summary>
    public static async ValueTask SetPermissionsAsync(this FtpConnection connection, FtpPath path, int mode, CancellationToken cancellationToken)
    {
        string bits = Convert.ToString(mode, 8).PadLeft(3, '0');
        FtpReply reply = await connection.SendAsync(FtpCommand.On("SITE", "CHMOD " + bits, path), cancellationToken).ConfigureAwait(false);
        if (!reply.IsPositive) throw IsUnknown(reply) ? new CapabilityMissingException("SITE CHMOD") { Endpoint = connection.EndPoint } : connection.Refused("SITE CHMOD", reply);
    }

    /// <summary>Makes a directory, and on request those above it that are missing; then one that is there is no error.</summary>
    public static async ValueTask CreateDirectoryAsync(this FtpConnection connection, FtpPath path, bool parents, CancellationToken cancellationToken)
    {
        if (parents) await connection.EnsureDirectoryAsync(path, parents: true, cancellationToken).ConfigureAwait(false);
        else await connection.ExpectAsync(FtpCommand.On("MKD", path), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a directory, and on request those above it that are missing.</summary>
    /// <returns>False when it was there.</returns>
    public static async ValueTask<bool> EnsureDirectoryAsync(this FtpConnection connection, FtpPath path, bool parents, CancellationToken cancellationToken)
    {
        FtpReply reply = await connection.SendAsync(FtpCommand.On("MKD", path), cancellationToken).ConfigureAwait(false);
        if (reply.IsPositive) return true;
        if (reply.IsTransient) throw connection.Refused("MKD", reply);
        (FtpPath above, FtpPath name) = FtpDirectories.Split(path, connection.Options.Encoding);
        // "File exists" has no code of its own: whether it is a directory, the facts say.
        if (await connection.IsDirectoryAsync(path, cancellationToken).ConfigureAwait(false)) return false;
        if (!parents || above.IsEmpty || name.IsEmpty) throw connection.Refused("MKD", reply);
        await connection.EnsureDirectoryAsync(above, parents: true, cancellationToken).ConfigureAwait(false);
        reply = await connection.SendAsync(FtpCommand.On("MKD", path), cancellationToken).ConfigureAwait(false);
        if (reply.IsPositive) return true;
        // Somebody else may have been faster.
        return await connection.IsDirectoryAsync(path, cancellationToken).ConfigureAwait(false) ? false : throw connection.Refused("MKD", reply);
    }

    /// <summary>A hash that the server computes: HASH, else the command of the algorithm's own.</summary>
    public static async ValueTask<FtpHash> HashAsync(this FtpConnection connection, FtpPath path, string? algorithm, CancellationToken cancellationToken)
    {
        FtpHashMethod method = FtpHashMethod.Choose(connection.Capabilities, algorithm)
            ?? throw new CapabilityMissingException(algorithm is null ? "HASH" : $"HASH {algorithm}") { Endpoint = connection.EndPoint };
        await connection.PrepareAsync(FtpDataType.Binary, cancellationToken).ConfigureAwait(false);
        if (method.Select is { } select && !string.Equals(connection.SelectedHash, method.Algorithm, StringComparison.OrdinalIgnoreCase))
        {
            connection.SelectedHash = null;
            await connection.ExpectAsync(FtpCommand.Of("OPTS", select), cancellationToken).ConfigureAwait(false);
            connection.SelectedHash = method.Algorithm;
        }

        FtpCommand command = method.Verb == "HASH" ? FtpCommand.On("HASH", path) : FtpCommand.OnQuoted(method.Verb, path);
        FtpReply reply = await connection.ExpectAsync(command, cancellationToken).ConfigureAwait(false);
        return method.Read(reply) ?? throw new WireFormatException($"The answer to {method.Verb} has no hash: {reply}") { Endpoint = connection.EndPoint };
    }

    public static async ValueTask<bool> IsDirectoryAsync(this FtpConnection connection, FtpPath path, CancellationToken cancellationToken)
    {
        try
        {
            return (await connection.StatAsync(path, cancellationToken).ConfigureAwait(false)).Kind == FtpEntryKind.Directory;
        }
        catch (FtpReplyException)
        {
            return false;
        }
    }

    private static bool IsUnknown(FtpReply reply) => reply.Code is 500 or 501 or 502 or 504;
}
