using System.Buffers;
using Microsoft.Win32.SafeHandles;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Pieces with checksums of their own (RFC 5854 §4.1.3), and who gave which bytes: finds what is wrong of a content, and whether it is worth
/// asking for again. Safe for several threads.
/// </summary>
internal sealed class PieceLedger(MetalinkPieces pieces)
{
    private const int Buffer = 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly List<(ByteRange Range, Source Source)> _given = [];
    private bool _askedAgain;

    /// <summary>Whether the pieces are of a content of this length.</summary>
    public bool Fits(long? total) => total is { } length && pieces.Fit(length);

    /// <summary>Bytes from a source are in the file.</summary>
    public void Gave(Source source, long start, long end)
    {
        if (end <= start) return;
        lock (_gate) _given.Add((new ByteRange(start, end), source));
    }

    /// <summary>The content begins anew.</summary>
    public void Clear()
    {
        lock (_gate) _given.Clear();
    }

    /// <summary>The pieces that are not what they must be.</summary>
    /// <exception cref="IOException">The file is shorter.</exception>
    public RangeSet WrongOf(SafeFileHandle file, long total, CancellationToken cancellationToken)
    {
        var wrong = new RangeSet();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Buffer);
        using ChecksumHash hash = pieces.Checksums[0].CreateHash();
        try
        {
            for (int i = 0; i < pieces.Checksums.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                long start = i * pieces.Length;
                long end = Math.Min(start + pieces.Length, total);
                for (long at = start; at < end;)
                {
                    int read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)), at);
                    if (read == 0) throw new IOException("The part file is shorter than what was written to it.");
                    hash.AppendData(buffer.AsSpan(0, read));
                    at += read;
                }

                if (!pieces.Checksums[i].Matches(hash)) wrong.Add(start, end);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return wrong;
    }

    /// <summary>
    /// Whether wrong bytes may be asked for again. Who gave them is not asked as long as there is another; who is the only one, once more.
    /// </summary>
    public bool MayAskAgain(RangeSet wrong, IReadOnlyList<Source> sources)
    {
        HashSet<Source> givers;
        lock (_gate)
        {
            givers = [.. _given.Where(given => Touches(wrong, given.Range)).Select(static given => given.Source)];
            _given.RemoveAll(given => Touches(wrong, given.Range));
        }

        // An earlier run's bytes, or what the disk made of them.
        if (givers.Count == 0) return true;
        if (sources.Any(source => !source.IsWrong && !givers.Contains(source)))
        {
            foreach (Source giver in givers) giver.IsWrong = true;
            return true;
        }

        bool first = !_askedAgain;
        _askedAgain = true;
        return first;
    }

    private static bool Touches(RangeSet ranges, ByteRange given) => ranges.Ranges.Any(range => range.Start < given.End && given.Start < range.End);
}
