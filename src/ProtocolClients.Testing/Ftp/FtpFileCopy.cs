namespace ProtocolClients.Testing;

/// <summary>Files between their place and a data connection, in type I and A.</summary>
internal static class FtpFileCopy
{
    /// <summary>How many bytes go at once.</summary>
    public const int Piece = 64 * 1024;

    /// <summary>Sends a file from an offset on. Who opened it closes it.</summary>
    public static async Task SendAsync(
        MockFile.Reader reader, long offset, long length, bool isText, Stream data, CancellationToken cancellationToken)
    {
        var text = new FtpAscii();
        byte[] piece = new byte[Piece];
        byte[] lines = isText ? new byte[2 * Piece] : piece;
        long at = isText ? 0 : offset;
        long skip = isText ? offset : 0;
        int count;
        while (length > 0 && (count = await OnDiskAsync(reader.ReadAsync(piece, at, cancellationToken)).ConfigureAwait(false)) > 0)
        {
            at += count;
            if (isText) count = text.ToNetwork(piece.AsSpan(0, count), lines);
            int start = (int)Math.Min(skip, count);
            skip -= start;
            count = (int)Math.Min(count - start, length);
            length -= count;
            if (count > 0) await data.WriteAsync(lines.AsMemory(start, count), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Receives a file; what came of one that is cut stays when that is wanted. Who opened it closes it.</summary>
    public static async Task ReceiveAsync(FtpUpload upload, bool isText, bool keepsParts, Stream data, CancellationToken cancellationToken)
    {
        bool isWhole = false;
        try
        {
            var text = new FtpAscii();
            byte[] piece = new byte[Piece];
            byte[] content = isText ? new byte[Piece + 1] : piece;
            int count;
            while ((count = await data.ReadAsync(piece, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (isText) count = text.FromNetwork(piece.AsSpan(0, count), content);
                await OnDiskAsync(upload.WriteAsync(content.AsMemory(0, count), cancellationToken)).ConfigureAwait(false);
            }

            if (isText) await OnDiskAsync(upload.WriteAsync(content.AsMemory(0, text.End(content)), cancellationToken)).ConfigureAwait(false);
            isWhole = true;
        }
        finally
        {
            if (isWhole || keepsParts) await OnDiskAsync(upload.KeepAsync()).ConfigureAwait(false);
        }
    }

    // A failure of the disk is told from one of the data connection, which is an IOException as well.
    private static async ValueTask<int> OnDiskAsync(ValueTask<int> reading)
    {
        try
        {
            return await reading.ConfigureAwait(false);
        }
        catch (Exception failure) when (DiskRefusal.Is(failure))
        {
            throw new FtpDiskException(failure);
        }
    }

    private static async ValueTask OnDiskAsync(ValueTask writing)
    {
        try
        {
            await writing.ConfigureAwait(false);
        }
        catch (Exception failure) when (DiskRefusal.Is(failure))
        {
            throw new FtpDiskException(failure);
        }
    }
}

/// <summary>The disk refused while a file was moved.</summary>
internal sealed class FtpDiskException(Exception cause) : Exception(cause.Message, cause);
