using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>What one connection does about directories and facts.</summary>
internal static class FtpDirectories
{
    /// <summary>Begins a listing, by MLSD or LIST, and gives the parser for its lines.</summary>
    public static async ValueTask<(FtpTransfer Transfer, FtpListParser Parser)> ListAsync(
        this FtpConnection connection, FtpPath path, FtpListFormat format, bool hidden, CancellationToken cancellationToken)
    {
        bool mayUseFacts = format == FtpListFormat.Mlsd || (format == FtpListFormat.Auto && connection.HasFacts);
        if (mayUseFacts)
        {
            try
            {
                FtpTransfer transfer = await FtpTransfer.OpenAsync(
                    connection, FtpCommand.ListFacts(path), connection.Type, 0, isUpload: false, cancellationToken).ConfigureAwait(false);
                return (transfer, FtpListFormat.Mlsd.CreateParser(connection.ListContext(path, null)));
            }
            catch (FtpReplyException refusal) when (format == FtpListFormat.Auto && refusal.Code is 500 or 502 or 504)
            {
                // Named among the features, and not there.
                connection.HasFacts = false;
            }
        }

        RefuseOption(path, "LIST", connection.Options.Encoding);
        string? system = format == FtpListFormat.Auto ? await connection.SystemTypeAsync(cancellationToken).ConfigureAwait(false) : null;
        FtpTransfer lines = await FtpTransfer.OpenAsync(
            connection, FtpCommand.List(path, hidden), FtpDataType.Ascii, 0, isUpload: false, cancellationToken).ConfigureAwait(false);
        return (lines, format.CreateParser(connection.ListContext(path, system)));
    }

    /// <summary>Refuses what servers hand on to their own <c>ls</c> as an option.</summary>
    /// <exception cref="ArgumentException">The path begins with a hyphen.</exception>
    public static void RefuseOption(FtpPath path, string verb, Encoding encoding)
    {
        if (path.Encode(encoding) is [(byte)'-', ..])
            throw new ArgumentException($"Servers take a path of {verb} that begins with a hyphen for an option: put ./ in front.", nameof(path));
    }

    /// <summary>Facts about one thing.</summary>
    public static async ValueTask<FtpEntry> StatAsync(this FtpConnection connection, FtpPath path, CancellationToken cancellationToken)
    {
        if (connection.HasFacts)
        {
            FtpReply reply = await connection.SendAsync(FtpCommand.Facts(path), cancellationToken).ConfigureAwait(false);
            if (reply.IsPositive) return FactsOf(connection, path, reply);
            if (reply.Code is not (500 or 502 or 504)) throw connection.Refused("MLST", reply);
            connection.HasFacts = false;
        }

        (FtpPath directory, FtpPath name) = Split(path, connection.Options.Encoding);
        if (name.IsEmpty) return new FtpEntry(default, directory.IsEmpty ? "." : directory, connection.Options.Encoding) { Kind = FtpEntryKind.Directory };
        // A size is of bytes as they are: some servers tell none in TYPE A, or count line ends.
        await connection.PrepareAsync(FtpDataType.Binary, cancellationToken).ConfigureAwait(false);
        FtpReply size = await connection.SendAsync(FtpCommand.Size(path), cancellationToken).ConfigureAwait(false);
        if (size.Code == 213 && FtpReplyText.TrySize(size.FirstLine, out long bytes))
        {
            return new FtpEntry(directory, name, connection.Options.Encoding)
            {
                Kind = FtpEntryKind.File,
                Size = bytes,
                Modified = await connection.ModifiedAsync(path, cancellationToken).ConfigureAwait(false),
            };
        }

        return await FindAsync(connection, path, directory, name, size, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>When a file was changed (MDTM, RFC 3659 §3); null where the server tells nothing.</summary>
    public static async ValueTask<DateTimeOffset?> ModifiedAsync(this FtpConnection connection, FtpPath path, CancellationToken cancellationToken)
    {
        FtpReply reply = await connection.SendAsync(FtpCommand.Modified(path), cancellationToken).ConfigureAwait(false);
        return reply.Code == 213 && FtpReplyText.TryTime(reply.FirstLine, out DateTimeOffset modified, out _) ? modified : null;
    }

    /// <summary>Where the connection stands (PWD).</summary>
    public static async ValueTask<FtpPath> WorkingDirectoryAsync(this FtpConnection connection, CancellationToken cancellationToken)
    {
        FtpReply reply = await connection.ExpectAsync(FtpCommand.WorkingDirectory, cancellationToken).ConfigureAwait(false);
        return FtpReplyText.TryQuotedPath(reply.FirstLine, out byte[]? path)
            ? PathOf(path, connection.Options.Encoding)
            : throw new WireFormatException($"The answer to PWD names no directory: {reply}") { Endpoint = connection.EndPoint };
    }

    /// <summary>The text, when it is these very bytes; else the bytes.</summary>
    public static FtpPath PathOf(ReadOnlySpan<byte> bytes, Encoding encoding)
    {
        string text = encoding.GetString(bytes);
        return encoding.GetBytes(text).AsSpan().SequenceEqual(bytes) ? text : FtpPath.FromBytes(bytes);
    }

    /// <summary>What is before the last slash, and what is behind it.</summary>
    public static (FtpPath Directory, FtpPath Name) Split(FtpPath path, Encoding encoding)
    {
        ReadOnlySpan<byte> bytes = path.Encode(encoding);
        if (bytes.IsEmpty) return default;
        ReadOnlySpan<byte> trimmed = bytes.Length > 1 ? bytes.TrimEnd((byte)'/') : bytes;
        if (trimmed.IsEmpty) trimmed = bytes[..1];
        int slash = trimmed.LastIndexOf((byte)'/');
        if (slash < 0) return (default, path);
        if (slash == trimmed.Length - 1) return (PathOf(trimmed, encoding), default);
        return (PathOf(trimmed[..Math.Max(slash, 1)], encoding), PathOf(trimmed[(slash + 1)..], encoding));
    }

    private static FtpEntry FactsOf(FtpConnection connection, FtpPath path, FtpReply reply) => IndexOfFacts(reply.Coded) is var line and > 0
        ? MlsdListParser.ParseReply(reply.Coded.Line(line), connection.ListContext(default, null), path)
        : throw new WireFormatException($"The answer to MLST has no facts: {reply}") { Endpoint = connection.EndPoint };

    // RFC 3659 §7.2: 250-text / SP facts SP path / 250 text. A server that leaves the space out has its facts in the middle all the same.
    private static int IndexOfFacts(CodedReply reply)
    {
        for (int i = 1; i < reply.LineCount; i++)
        {
            if (reply.Line(i) is [(byte)' ', ..]) return i;
        }

        return reply.LineCount > 2 ? 1 : -1;
    }

    private static async ValueTask<FtpEntry> FindAsync(
        FtpConnection connection, FtpPath path, FtpPath directory, FtpPath name, FtpReply refusal, CancellationToken cancellationToken)
    {
        byte[] wanted = name.Encode(connection.Options.Encoding).ToArray();
        (FtpTransfer transfer, FtpListParser parser) = await connection.ListAsync(directory, connection.Options.ListFormat, hidden: true, cancellationToken).ConfigureAwait(false);
        FtpEntry? found = null;
        var listing = new FtpListing(new FtpOpened(new FtpLease(connection), transfer), parser);
        await using (listing.ConfigureAwait(false))
        {
            do
            {
                while (listing.TryRead(out FtpEntry entry))
                {
                    if (found is null && entry.RawName.Span.SequenceEqual(wanted)) found = entry;
                }
            }
            while (await listing.FillAsync(cancellationToken).ConfigureAwait(false));
            FtpEntry? last = listing.End();
            if (found is null && last is not null && last.RawName.Span.SequenceEqual(wanted)) found = last;
        }

        return found is null ? throw connection.Refused("SIZE", refusal) : found with { Path = path };
    }

    /// <summary>What the lines of a listing are read with.</summary>
    public static FtpListContext ListContext(this FtpConnection connection, FtpPath directory, string? systemType) => new()
    {
        Directory = directory,
        Encoding = connection.Options.Encoding,
        TimeZone = connection.Options.TimeZone,
        Now = connection.Options.TimeProvider.GetUtcNow(),
        SystemType = systemType,
    };
}
