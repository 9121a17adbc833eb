using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Files of the user's that hold secrets: read within a limit, written whole or not at all, for his eyes only.</summary>
internal static class PrivateFile
{
    public static async Task<byte[]> ReadAsync(string path, long limit, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
        await using (file.ConfigureAwait(false))
        {
            try
            {
                return await BoundedReader.ReadAllAsync(file, limit, cancellationToken).ConfigureAwait(false);
            }
            catch (WireLimitException cause)
            {
                throw new FormatException($"The file is larger than {limit} bytes.", cause);
            }
        }
    }

    /// <summary>Beside the final name first, then renamed: a reader, or a crash, never meets half a file (CVE-2023-46219).</summary>
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using PartFile part = PartFile.Create(path, overwrite: true);
        // Before the first byte of it is there.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(part.Handle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await RandomAccess.WriteAsync(part.Handle, content, 0, cancellationToken).ConfigureAwait(false);
        part.Commit();
    }
}
