using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ProtocolClients;

/// <summary>Running hashes of a content from its beginning on, fed by what comes or by what lies in the file already.</summary>
internal sealed class ContentHasher : IDisposable
{
    private const int Buffer = 1024 * 1024;
    private static readonly TimeSpan FollowEvery = TimeSpan.FromMilliseconds(200);

    private readonly IReadOnlyList<Checksum> _checksums;
    private readonly ChecksumHash[] _hashes;

    public ContentHasher(IReadOnlyList<Checksum> checksums)
    {
        _checksums = checksums;
        _hashes = [.. checksums.Select(static checksum => checksum.CreateHash())];
    }

    /// <summary>How many bytes were hashed.</summary>
    public long Position { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        foreach (ChecksumHash hash in _hashes) hash.AppendData(bytes);
        Position += bytes.Length;
    }

    /// <summary>Hashes what lies in the file up to an end: the page cache has it, as a rule.</summary>
    /// <exception cref="IOException">The file is shorter.</exception>
    public void CatchUp(SafeFileHandle file, long end, CancellationToken cancellationToken)
    {
        if (Position >= end) return;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Buffer);
        try
        {
            while (Position < end)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - Position)), Position);
                if (read == 0) throw new IOException("The part file is shorter than what was written to it.");
                Append(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Hashes what is complete from the beginning on, while the rest comes, until it is cancelled: the end need not read all of it again.
    /// </summary>
    public async Task FollowAsync(SafeFileHandle file, Func<long> prefix, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(FollowEvery, time, cancellationToken).ConfigureAwait(false);
                CatchUp(file, prefix(), cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The rest is hashed at the end.
        }
    }

    public void Reset()
    {
        foreach (ChecksumHash hash in _hashes) hash.GetHashAndReset();
        Position = 0;
    }

    /// <summary>Compares all; the hashes are reset.</summary>
    /// <exception cref="IntegrityException">One differs.</exception>
    public void Verify()
    {
        for (int i = 0; i < _hashes.Length; i++) _checksums[i].Verify(_hashes[i]);
        Position = 0;
    }

    public void Dispose()
    {
        foreach (ChecksumHash hash in _hashes) hash.Dispose();
    }
}
